#include "dataplane/fragment/table.h"

#include <rte_mbuf.h>

#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "dataplane/core/burst.h"
#include "dataplane/core/worker.h"

namespace viaduct::fragment {

Table::Table(std::uint64_t seed)
    : seed_(seed), ready_(shares * most_held + Burst::capacity), shares_(shares) {}

Table::~Table() {
  for (const Share& share : shares_) {
    for (std::size_t i = 0; i < share.held_count; ++i) rte_pktmbuf_free(share.held[i].mbuf);
  }
}

Reason Table::Datagram::judge(const Fragment& fragment) noexcept {
  if (refused != Reason::total) return refused;
  for (std::size_t i = 0; i < count; ++i) {
    const Range& other = ranges[i];
    // The same one twice does no harm.
    if (fragment.begin == other.begin && fragment.end == other.end) return Reason::fragment_overlap;
    const bool overlaps = fragment.begin < other.end && other.begin < fragment.end;
    const bool ends_before = fragment.is_last && fragment.end < other.end;
    if (overlaps || ends_before) return refused = Reason::fragment_overlap;
  }
  const bool ends_twice = end != 0 && (fragment.is_last || fragment.end > end);
  if (ends_twice) return refused = Reason::fragment_overlap;
  if (count == most_fragments) return refused = Reason::fragment_limit;
  return Reason::total;
}

Reason Table::Datagram::admit(const Fragment& fragment) noexcept {
  if (const Reason fault = judge(fragment); fault != Reason::total) return fault;
  ranges[count++] = {fragment.begin, fragment.end};
  seen = static_cast<std::uint16_t>(seen + fragment.end - fragment.begin);
  if (fragment.is_last) end = fragment.end;
  if (fragment.label) label = *fragment.label;
  return Reason::total;
}

void Table::take(Worker& self, Packet& packet, const Fragment& fragment) noexcept {
  Share& share = shares_[mix(seed_, fragment.datagram.source.bits()) % shares];
  Datagram& datagram = find_or_begin(self, share, fragment.datagram);
  if (const Reason fault = datagram.admit(fragment); fault != Reason::total) {
    if (datagram.refused != Reason::total) drop_held(self, share, datagram, fault);
    return self.drop(packet, fault);
  }
  if (!datagram.label.is_known) return hold(self, share, datagram, packet);
  let_go(std::exchange(packet.mbuf, nullptr), datagram.label);
  if (fragment.label) {
    take_held(share, datagram, [&](const Held& held) { let_go(held.mbuf, datagram.label); });
  }
  if (datagram.is_complete()) forget(share, datagram);
}

Table::Datagram& Table::find_or_begin(Worker& self, Share& share, const flow::Key& key) noexcept {
  auto& all = share.datagrams;
  const auto known = std::ranges::find(all, key, &Datagram::key);
  if (known != all.end()) return *known;
  if (share.datagrams_count == most_datagrams) {
    auto oldest = std::ranges::min_element(all, {}, [&](const Datagram& one) {
      return std::pair{one.key.source != key.source, one.number};
    });
    give_up(self, share, *oldest, Reason::fragment_limit);
  }
  Datagram& fresh = *std::ranges::find_if(all, &Datagram::is_free);
  ++share.datagrams_count;
  fresh.key = key;
  fresh.label = {};
  fresh.number = ++begun_;
  fresh.since = self.now();
  fresh.refused = Reason::total;
  fresh.seen = fresh.end = fresh.count = 0;
  return fresh;
}

void Table::hold(Worker& self, Share& share, Datagram& datagram, Packet& packet) noexcept {
  if (share.held_count == most_held) {
    const auto oldest = std::ranges::find(share.held, datagram.key.source,
                                          [](const Held& held) { return held.of->key.source; });
    Datagram& victim = *(oldest == share.held.end() ? share.held.front() : *oldest).of;
    give_up(self, share, victim, Reason::fragment_limit);
    if (datagram.is_free()) return self.drop(packet, Reason::fragment_limit);
  }
  share.held[share.held_count++] = {std::exchange(packet.mbuf, nullptr), packet.in->slot(),
                                    &datagram};
  ++held_;
}

void Table::let_go(rte_mbuf* mbuf, const Label& label) noexcept {
  label_of(*mbuf) = label;
  ready_[ready_end_++] = mbuf;
}

std::span<rte_mbuf* const> Table::take_ready(std::size_t most) noexcept {
  const std::size_t begin = ready_begin_;
  const std::size_t count = std::min(ready_end_ - begin, most);
  ready_begin_ += count;
  if (ready_begin_ == ready_end_) ready_begin_ = ready_end_ = 0;
  return {ready_.data() + begin, count};
}

template <class Visit>
void Table::take_held(Share& share, const Datagram& of, Visit visit) noexcept {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < share.held_count; ++i) {
    const Held held = share.held[i];
    if (held.of == &of) {
      visit(held);
    } else {
      share.held[kept++] = held;
    }
  }
  held_ -= share.held_count - kept;
  share.held_count = kept;
}

void Table::drop_held(Worker& self, Share& share, const Datagram& of, Reason reason) noexcept {
  take_held(share, of, [&](const Held& held) { self.drop(held.mbuf, held.interface, reason); });
}

void Table::give_up(Worker& self, Share& share, Datagram& datagram, Reason reason) noexcept {
  drop_held(self, share, datagram, reason);
  forget(share, datagram);
}

void Table::forget(Share& share, Datagram& datagram) noexcept {
  --share.datagrams_count;
  datagram.key = {};
}

void Table::tick(Worker& self) noexcept {
  for (Share& share : shares_) {
    if (share.datagrams_count == 0) continue;
    for (Datagram& one : share.datagrams) {
      if (one.is_free() || self.now() - one.since < patience) continue;
      give_up(self, share, one, Reason::fragment_timeout);
    }
  }
}

}  // namespace viaduct::fragment
