#include "dataplane/neighbour/neighbours.h"

#include <rte_arp.h>
#include <rte_ether.h>
#include <rte_mbuf.h>
#include <sys/random.h>

#include <cstring>
#include <utility>

#include "dataplane/core/worker.h"
#include "dataplane/fragment/send.h"
#include "dataplane/neighbour/arp.h"

namespace viaduct::neighbour {
namespace {

using flow::Ticks;
using flow::ticks_per_second;

constexpr Ticks ask_every = ticks_per_second;
constexpr std::uint8_t most_questions = 3;
constexpr Ticks refresh_after = 30 * ticks_per_second;        // RFC 1122: about a minute
constexpr Ticks forget_after = 600 * ticks_per_second;        // without traffic
constexpr Ticks forget_soon_after = Neighbours::kept_unused;  // when there is no room

void write_header(Adjacency& adjacency, const InterfaceView& interface, const Mac& destination) {
  adjacency.header_length =
      ethernet_header(adjacency.header.data(), destination, interface.config->mac,
                      interface.config->vlan, RTE_ETHER_TYPE_IPV4);
}

void write_host_header(Adjacency& host, const InterfaceView& interface) {
  host.header_length = ethernet_header(host.header.data(), interface.config->mac, host_gateway,
                                       /*vlan=*/0, RTE_ETHER_TYPE_IPV4);
}

Mac destination_of(const Adjacency& adjacency) {
  Mac mac;
  std::memcpy(mac.bytes.data(), adjacency.header.data(), mac.bytes.size());
  return mac;
}

constexpr std::uint8_t untagged = sizeof(rte_ether_hdr);
constexpr std::uint8_t tagged = sizeof(rte_ether_hdr) + sizeof(rte_vlan_hdr);

bool is_tagged(const Adjacency& adjacency) {
  return adjacency.header_length == tagged;
}

// Puts the adjacency's header in the place of the `l3` bytes before the IP header.
void put_header(rte_mbuf* mbuf, const Adjacency& to, std::uint8_t l3) noexcept {
  if (to.header_length != l3) {
    rte_pktmbuf_adj(mbuf, l3);
    rte_pktmbuf_prepend(mbuf, to.header_length);
  }
  auto* start = rte_pktmbuf_mtod(mbuf, std::uint8_t*);
  std::memcpy(start, to.header.data(), untagged);  // of a length the compiler knows
  if (is_tagged(to)) std::memcpy(start, to.header.data(), tagged);
}

}  // namespace

Neighbours::Neighbours() : adjacencies_(most), holds_(most), heads_(chains), next_(most) {
  if (getrandom(&seed_, sizeof seed_, 0) != sizeof seed_) seed_ = 1;
}

AdjacencyId& Neighbours::chain(Slot interface, const Address& address) noexcept {
  return heads_[(hash(address, mix(seed_, interface)) >> 8) % chains];
}

AdjacencyId Neighbours::find(Slot interface, const Address& address) noexcept {
  AdjacencyId id = chain(interface, address);
  while (id != 0 &&
         (adjacencies_[id].interface != interface || adjacencies_[id].next_hop != address)) {
    id = next_[id];
  }
  return id;
}

AdjacencyId Neighbours::make(const InterfaceView& interface, const Address& address,
                             Ticks now) noexcept {
  const AdjacencyId id = free_ != 0 ? free_ : high_water_;
  if (id >= most) {
    crowded_ = true;
    return 0;
  }
  if (free_ != 0) {
    free_ = next_[id];
  } else {
    ++high_water_;
  }
  AdjacencyId& head = chain(interface.slot(), address);
  next_[id] = head;
  head = id;
  adjacencies_[id] = Adjacency{.state = State::incomplete,
                               .port = interface.port,
                               .mtu = interface.config->mtu,
                               .interface = interface.slot(),
                               .last_used = now,
                               .next_hop = address};
  return id;
}

AdjacencyId Neighbours::get(const InterfaceView& interface, const Address& address,
                            Ticks now) noexcept {
  const AdjacencyId known = find(interface.slot(), address);
  if (known == 0) return make(interface, address, now);
  adjacencies_[known].last_used = now;
  return known;
}

AdjacencyId Neighbours::host_of(const InterfaceView& interface, Ticks now) noexcept {
  // The unspecified address is nobody's next hop, so it can stand for the host.
  const AdjacencyId id = get(interface, Address{}, now);
  if (id == 0) return 0;
  Adjacency& host = adjacencies_[id];
  if (host.state != State::host) {
    host.state = State::host;
    write_host_header(host, interface);
  }
  return id;
}

bool Neighbours::expects(Slot interface, const Address& address, const Mac& mac,
                         Ticks now) noexcept {
  const AdjacencyId id = find(interface, address);
  if (id == 0 || adjacencies_[id].confirmed == now) return false;
  const Adjacency& neighbour = adjacencies_[id];
  const bool is_known = neighbour.state == State::reachable || neighbour.state == State::probing;
  return !is_known || destination_of(neighbour) == mac;
}

void Neighbours::learn(Worker& self, const InterfaceView& interface, const Address& address,
                       const Mac& mac, bool make_it) noexcept {
  AdjacencyId id = find(interface.slot(), address);
  if (id == 0 && make_it) id = make(interface, address, self.now());
  if (id == 0) return;
  adjacencies_[id].port = interface.port;
  settle(self, id, interface, mac);
}

// The next hop is known: what waited for it goes.
void Neighbours::settle(Worker& self, AdjacencyId id, const InterfaceView& interface,
                        const Mac& mac) noexcept {
  Adjacency& neighbour = adjacencies_[id];
  write_header(neighbour, interface, mac);
  neighbour.state = State::reachable;
  neighbour.confirmed = neighbour.last_used = self.now();
  neighbour.questions = 0;
  const std::uint8_t waiting = std::exchange(neighbour.held, std::uint8_t{0});
  for (std::uint8_t i = 0; i < waiting; ++i) {
    --held_;
    send(self, holds_[id][i], id);
  }
}

bool Neighbours::find_on_our_wire(Worker& self, AdjacencyId id) noexcept {
  Adjacency& neighbour = adjacencies_[id];
  const InterfaceView* interface = self.interface(neighbour.interface);
  if (interface == nullptr || interface->port == no_port) return false;
  const InterfaceView* owner = self.owner_on_wire(*interface, neighbour.next_hop);
  if (owner == nullptr) return false;
  neighbour.port = interface->port | looped;
  settle(self, id, *interface, owner->config->mac);
  return true;
}

void Neighbours::send(Worker& self, rte_mbuf* mbuf, AdjacencyId id, std::uint8_t l3) noexcept {
  Adjacency& to = adjacencies_[id];
  to.last_used = self.now();
  if (to.state == State::reachable || to.state == State::probing) {
    if (rte_pktmbuf_pkt_len(mbuf) > std::uint32_t{l3} + to.mtu) {
      rte_pktmbuf_adj(mbuf, l3);
      return fragment::send(self, mbuf, id);
    }
    put_header(mbuf, to, l3);
    return self.send(mbuf, to.port, to.interface);
  }
  if (to.state == State::host) {
    put_header(mbuf, to, l3);
    return self.send_to_host(mbuf, to.interface);
  }
  rte_pktmbuf_adj(mbuf, l3);
  hold(self, mbuf, id);
}

void Neighbours::hold(Worker& self, rte_mbuf* mbuf, AdjacencyId id) noexcept {
  Adjacency& to = adjacencies_[id];
  if (to.port == no_port) return self.drop(mbuf, to.interface, Reason::port_down);
  if (to.state == State::failed) {
    if (is_dead(id, self.now())) {
      return self.drop(mbuf, to.interface, Reason::neighbour_unreachable);
    }
    to.state = State::incomplete;
    to.questions = 0;
  }
  if (to.held == most_held) return self.drop(mbuf, to.interface, Reason::neighbour_queue_full);
  holds_[id][to.held++] = mbuf;
  ++held_;
  if (to.questions == 0) ask(self, id);
}

void Neighbours::ask(Worker& self, AdjacencyId id) noexcept {
  if (find_on_our_wire(self, id)) return;
  Adjacency& neighbour = adjacencies_[id];
  neighbour.port &= static_cast<PortId>(~looped);
  neighbour.asked = self.now();
  ++neighbour.questions;
  const Mac whom = neighbour.state == State::probing ? destination_of(neighbour) : Mac::broadcast();
  send_request(self, neighbour.interface, neighbour.next_hop, whom);
}

void Neighbours::drop_held(Worker& self, AdjacencyId id) noexcept {
  Adjacency& neighbour = adjacencies_[id];
  for (std::uint8_t i = 0; i < neighbour.held; ++i) {
    --held_;
    self.drop(holds_[id][i], neighbour.interface, Reason::neighbour_unreachable);
  }
  neighbour.held = 0;
}

void Neighbours::attend(Worker& self, AdjacencyId id) noexcept {
  Adjacency& neighbour = adjacencies_[id];
  const Ticks now = self.now();
  const bool unanswered = neighbour.state == State::incomplete || neighbour.state == State::probing;
  if (neighbour.state == State::reachable && now - neighbour.confirmed >= refresh_after &&
      now - neighbour.last_used < refresh_after) {
    neighbour.state = State::probing;
    return ask(self, id);
  }
  const bool is_wanted = neighbour.questions != 0 || neighbour.held != 0;
  if (!unanswered || !is_wanted || now - neighbour.asked < ask_every) return;
  if (neighbour.questions < most_questions) return ask(self, id);
  // Ask everybody once more before giving up on an address that had an answer.
  if (neighbour.state == State::probing) {
    neighbour.state = State::incomplete;
    neighbour.questions = 0;
    return ask(self, id);
  }
  neighbour.state = State::failed;
  drop_held(self, id);
}

void Neighbours::tick(Worker& self) noexcept {
  for (AdjacencyId id = 1; id < high_water_; ++id) attend(self, id);
  sweep(self, high_water_ / ticks_per_second + 1);
}

void Neighbours::remove(Worker& self, AdjacencyId id) noexcept {
  drop_held(self, id);
  Adjacency& gone = adjacencies_[id];
  AdjacencyId* link = &chain(gone.interface, gone.next_hop);
  while (*link != id) link = &next_[*link];
  *link = next_[id];
  next_[id] = free_;
  free_ = id;
  gone = Adjacency{};
}

void Neighbours::begin_sweep(Ticks now) noexcept {
  swept_ = now;
  patience_ = std::exchange(crowded_, false) ? forget_soon_after : forget_after;
  next_swept_ = 1;
  swept_until_ = high_water_;
}

void Neighbours::sweep(Worker& self, std::size_t count) noexcept {
  for (; count != 0 && next_swept_ < swept_until_; --count) look_at(self, next_swept_++);
}

// Sessions that were judged in an older epoch look at their adjacency again before they use it, if
// they have been silent for as long as it takes to forget one; those of this epoch have used it
// since the sweep began. So nobody misses the id that is given to others.
void Neighbours::look_at(Worker& self, AdjacencyId id) noexcept {
  Adjacency& adjacency = adjacencies_[id];
  if (adjacency.state == State::free) return;
  const InterfaceView* interface = self.interface(adjacency.interface);
  const bool is_forgotten =
      adjacency.state != State::host && self.now() - adjacency.last_used > patience_;
  if (interface == nullptr || is_forgotten) return remove(self, id);
  const bool has_moved =
      adjacency.port != interface->port || is_tagged(adjacency) != (interface->config->vlan != 0);
  adjacency.port = interface->port;
  adjacency.mtu = interface->config->mtu;
  if (adjacency.state == State::host) {
    write_host_header(adjacency, *interface);
  } else if (has_moved) {
    adjacency.state = State::incomplete;  // the next packet asks anew
    adjacency.questions = 0;
  } else if (adjacency.header_length != 0) {
    write_header(adjacency, *interface, destination_of(adjacency));
  }
}

}  // namespace viaduct::neighbour
