#include "dataplane/route/stage.h"

#include "dataplane/core/burst.h"
#include "dataplane/core/worker.h"
#include "dataplane/icmp/errors.h"

namespace viaduct::route {
namespace {

bool is_source_believable(const Opening& opening) noexcept {
  const Address& source = opening.original.source.address;
  if (opening.from_host) return opening.router->compiled->owns(source);
  if (opening.router->compiled->owns(source)) return false;
  if (source == Address::v4(Be32{})) return true;  // asks for an address
  const auto back = opening.router->compiled->routes.find(source);
  if (opening.in->config->role == interface::Role::guest) {
    return back && back->interface == opening.in->config;
  }
  return !back || back->interface->role != interface::Role::guest;
}

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

void look_up(Opening& opening, Worker& self) noexcept {
  const Address& destination = opening.translated.destination.address;
  const RouterView& router = *opening.router;
  if (router.compiled->owns(destination) || is_for_all(router, destination)) {
    opening.to_host = true;
    opening.tell(Lookup::name, "is for the router itself");
    return;
  }
  // RFC 1812 5.3.4: what the link brought to everybody is not passed on.
  const Packet& packet = *opening.packet;
  if (opening.revived == nullptr && rte_is_multicast_ether_addr(&packet.ethernet().dst_addr) != 0) {
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

}  // namespace

void CheckSource::run(Burst& burst, const Snapshot& /*now*/, Worker& self) noexcept {
  burst.each_opening([&](Opening& opening) {
    if (!is_source_believable(opening)) self.refuse(opening, Reason::spoofed_source);
  });
}

void Lookup::run(Burst& burst, const Snapshot& /*now*/, Worker& self) noexcept {
  burst.each_opening([&](Opening& opening) { look_up(opening, self); });
}

}  // namespace viaduct::route
