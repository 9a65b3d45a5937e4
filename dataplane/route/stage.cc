#include "dataplane/route/stage.h"

#include "dataplane/core/burst.h"
#include "dataplane/core/worker.h"
#include "dataplane/icmp/errors.h"
#include "dataplane/neighbour/send.h"

namespace viaduct::route {
namespace {

bool is_for_all(const RouterView& router, const Address& destination) noexcept {
  if (destination.is_multicast() || destination == Address::v4(Be32::of(0xffffffff))) return true;
  const auto* on = router.compiled->interfaces->on_link(destination);
  if (on == nullptr) return false;
  for (const InterfaceAddress& own : on->addresses) {
    const bool has_broadcast = own.network.length() < Address::bits - 1;
    if (has_broadcast && own.network.last() == destination) return true;
  }
  return false;
}

bool is_source_believable(Opening& opening) noexcept {
  const Address& source = opening.original.source.address;
  if (opening.from_host) return opening.router->compiled->owns(source);
  if (opening.router->compiled->owns(source)) return false;
  if (source == Address::v4(Be32{})) return true;  // asks for an address
  const auto back = opening.router->compiled->routes.find(source);
  if (back && back->interface == opening.in->config) opening.way_back = back->next_hop;
  if (opening.in->config->role == interface::Role::guest) {
    // RFC 1812 5.3.7: nobody is a whole network.
    return back && back->interface == opening.in->config && !is_for_all(*opening.router, source);
  }
  return !back || back->interface->role != interface::Role::guest;
}

void look_up(Opening& opening, Worker& self) noexcept {
  const Address& destination = opening.translated.destination.address;
  const RouterView& router = *opening.router;
  if (router.compiled->owns(destination) || is_for_all(router, destination)) {
    opening.to_host = true;
    if (opening.mapping != 0) self.abandon(opening);  // it was let in as if for a guest
    opening.tell(Lookup::name, "is for the router itself");
    return;
  }
  // RFC 1812 5.3.4: what the link brought to everybody is not passed on.
  const Packet& packet = *opening.packet;
  if (opening.revived == nullptr && packet.for_all) {
    return self.drop(*opening.packet, Reason::martian_destination);
  }
  const auto hop = router.compiled->routes.find(destination);
  if (!hop) {
    opening.tell(Lookup::name, "no route");
    if (opening.revived != nullptr) return self.refuse(opening, Reason::no_route);
    return icmp::no_route(self, *opening.packet);
  }
  opening.out = &router.view_of(*hop->interface);
  opening.next_hop = hop->next_hop;
  opening.tell(Lookup::name, "goes by", 0, Endpoint{hop->next_hop, 0});
}

// --- Transit

// RFC 1812 5.3.7, in a form that costs little; the policy stages tell more.
bool is_martian(Be32 address) noexcept {
  const std::uint32_t first = address.host() >> 24;
  return first == 0 || first == 127 || first >= 224;
}

// The adjacency by which a destination is reached from transit, or 0 if that is another stage's
// business.
neighbour::AdjacencyId find_adjacency(const Packet& packet, Worker& self) noexcept {
  const RouterView& router = *packet.in->router;
  const Address destination = Address::v4(packet.key.destination);
  if (router.compiled->owns(destination) || is_for_all(router, destination)) return 0;
  const auto hop = router.compiled->routes.find(destination);
  if (!hop || hop->interface->role != interface::Role::transit) return 0;
  const auto adjacency =
      self.neighbours.get(router.view_of(*hop->interface), hop->next_hop, self.now());
  if (adjacency != 0) {
    self.next_hops.remember(packet.hash, packet.in->router_slot(), packet.key.destination,
                            self.epoch(), adjacency);
  }
  return adjacency;
}

void pass(Packet& packet, Worker& self) noexcept {
  const Be32 destination = packet.key.destination;
  if (is_martian(packet.key.source) || is_martian(destination) || packet.for_all) {
    return;
  }
  auto id = self.next_hops.find(packet.hash, packet.in->router_slot(), destination, self.epoch());
  if (id == 0) id = find_adjacency(packet, self);
  if (id == 0) return;
  const neighbour::Adjacency& to = self.neighbours.at(id);
  if (!icmp::may_travel(self, packet, to.mtu)) return;
  if (self.neighbours.is_dead(id, self.now())) return icmp::host_unreachable(self, packet);
  if (self.is_explaining()) {
    self.tell({Transit::name, "goes by", Endpoint{to.next_hop, 0}, 0});
    self.trace()->fate = Fate::forwarded;
    self.trace()->egress = to.interface;
    self.trace()->leaves_as = packet.key.tuple();
    packet.mbuf = nullptr;
    return;
  }
  age(packet.ip());
  neighbour::send(self, packet, id);
}

}  // namespace

void Transit::run(Burst& burst, const Snapshot& now, Worker& self) noexcept {
  if (!now.has_transit()) return;
  bool is_done = true;
  burst.each([&](Packet& packet) {
    if (packet.is_in_transit()) {
      pass(packet, self);
      if (packet.mbuf == nullptr) return;
      // What goes on is looked up among sessions; so far its hash was that of a next hop.
      packet.hash = self.sessions.hash(packet.key);
    }
    is_done = false;
  });
  if (is_done) burst.clear();
}

void CheckSource::run(Burst& burst, const Snapshot& /*now*/, Worker& self) noexcept {
  burst.each_opening([&](Opening& opening) {
    if (!is_source_believable(opening)) self.refuse(opening, Reason::spoofed_source);
  });
}

void Lookup::run(Burst& burst, const Snapshot& /*now*/, Worker& self) noexcept {
  burst.each_opening([&](Opening& opening) { look_up(opening, self); });
}

void leave_by_own_network(Opening& opening) noexcept {
  using interface::Role;
  const Address& source = opening.translated.source.address;
  const bool is_translated = source != opening.original.source.address;
  if (!is_translated || opening.out->config->role != Role::external) return;
  if (opening.out->config->is_on_link(source)) return;
  const RouterView& router = *opening.router;
  const auto* own = router.compiled->interfaces->on_link(source);
  if (own == nullptr || own->role != Role::external) return;
  const auto hop = router.compiled->routes.find_by(*own, opening.translated.destination.address);
  if (!hop) return;
  opening.out = &router.view_of(*own);
  opening.next_hop = hop->next_hop;
  opening.tell(Lookup::name, "goes by the network of its public address", 0,
               Endpoint{hop->next_hop, 0});
}

}  // namespace viaduct::route
