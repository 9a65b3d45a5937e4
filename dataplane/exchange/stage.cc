#include "dataplane/exchange/stage.h"

#include "dataplane/core/burst.h"
#include "dataplane/core/worker.h"
#include "dataplane/icmp/quote.h"

namespace viaduct::exchange {
namespace {

// What the packet's session goes by. An ICMP error belongs to the session that it is about.
flow::Key key_of(const Packet& packet) noexcept {
  if (!packet.icmp_error) return packet.key;
  const auto quote = icmp::read_quote(packet);
  return quote ? quote->key.reversed() : packet.key;
}

// The packets of one burst that are others'.
class Departures {
 public:
  explicit Departures(Worker& self) : self_(self) {}
  void add(Packet& packet, WorkerIndex to) noexcept {
    List& list = lists_[to];
    list.interfaces[list.count] = packet.in->slot();
    list.frames[list.count++] = std::exchange(packet.mbuf, nullptr);
    any_ = true;
  }
  void go() noexcept {
    if (!any_) return;
    for (std::size_t to = 0; to < self_.exchange->workers(); ++to) {
      const List& list = lists_[to];
      if (list.count != 0) {
        self_.hand_over(static_cast<WorkerIndex>(to), {list.frames.data(), list.count},
                        list.interfaces.data());
      }
    }
  }

 private:
  struct List {
    std::size_t count = 0;
    std::array<rte_mbuf*, Burst::capacity> frames;
    std::array<Slot, Burst::capacity> interfaces;
  };
  Worker& self_;
  bool any_ = false;
  std::array<List, Exchange::most_workers> lists_;
};

// A packet of no session here, and where its session may have a signpost.
struct Stray {
  Packet* packet;
  std::uint64_t hash;
};

void distribute(Burst& burst, Worker& self) noexcept {
  const Exchange& with = *self.exchange;
  const bool has_signposts = !with.signposts.is_empty();
  std::array<Stray, Burst::capacity> strays;
  std::size_t count = 0;
  burst.each_opening([&](const Opening& opening) {
    if (opening.revived != nullptr) return;
    Stray& stray = strays[count++];
    stray.packet = opening.packet;
    if (!has_signposts) return;
    stray.hash = with.hash(key_of(*stray.packet));
    with.signposts.prefetch(stray.hash);
  });
  Departures departures{self};
  for (const auto& [stray, hash] : std::span{strays}.first(count)) {
    Packet& packet = *stray;
    const bool is_from_outside = packet.in->is_outside() && !packet.from_host;
    WorkerIndex owner = with.worker_of(key_of(packet), is_from_outside);
    if (has_signposts) owner = with.signposts.find(hash, owner);
    if (owner == self.index) continue;
    if (self.is_explaining()) {
      self.trace()->elsewhere = owner;
      packet.mbuf = nullptr;
    } else {
      departures.add(packet, owner);
    }
  }
  departures.go();
}

}  // namespace

void Stage::run(Burst& burst, const Snapshot& /*now*/, Worker& self) noexcept {
  if (self.exchange != nullptr && burst.way() != CameBy::hand_over) distribute(burst, self);
}

}  // namespace viaduct::exchange
