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

void distribute(Burst& burst, Worker& self) noexcept {
  const Exchange& with = *self.exchange;
  const bool has_signposts = !with.signposts.is_empty();
  if (has_signposts) {
    burst.each([&](Packet& packet) {
      packet.hash = with.hash(key_of(packet));
      with.signposts.prefetch(packet.hash);
    });
  }
  Departures departures{self};
  burst.each([&](Packet& packet) {
    const bool is_from_outside = packet.in->is_outside() && !packet.from_host;
    WorkerIndex owner = with.worker_of(key_of(packet), is_from_outside);
    if (has_signposts) owner = with.signposts.find(packet.hash, owner);
    if (owner == self.index) return;
    if (!self.is_explaining()) return departures.add(packet, owner);
    self.trace()->elsewhere = owner;
    packet.mbuf = nullptr;
  });
  departures.go();
}

}  // namespace

void Stage::run(Burst& burst, const Snapshot& /*now*/, Worker& self) noexcept {
  if (self.exchange != nullptr && burst.way() != CameBy::hand_over) distribute(burst, self);
}

}  // namespace viaduct::exchange
