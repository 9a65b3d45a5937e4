#include "dataplane/punt/stage.h"

#include <algorithm>
#include <cstring>

#include "dataplane/core/burst.h"
#include "dataplane/core/worker.h"
#include "dataplane/neighbour/arp.h"

namespace viaduct::punt {
namespace {

// The service of this interface that a packet with this protocol and router-side port is of.
const ServiceFacts* find(const InterfaceView& on, Protocol protocol, std::uint16_t port) noexcept {
  for (const Service service : on.config->services) {
    for (const auto& accepts : facts(service).ports()) {
      if (accepts.protocol == protocol && accepts.ports.contains(port)) return &facts(service);
    }
  }
  return nullptr;
}

void deliver(Opening& opening, const ServiceFacts& service, Worker& self) noexcept {
  Packet& packet = *opening.packet;
  if (!packet.in->has_tap) return self.drop(packet, Reason::no_service);
  opening.tell(Stage::name, service.name);
  if (self.is_explaining()) {
    self.trace()->fate = Fate::delivered;
    packet.mbuf = nullptr;
    return;
  }
  TokenBucket& rate =
      self.interfaces[packet.in->slot()].service_rates[static_cast<std::size_t>(service.service)];
  if (!rate.take(service.packets_per_second, self.now())) {
    return self.drop(packet, Reason::policed_service);
  }
  // The host sees the frame as it came, but for a VLAN tag.
  rte_mbuf* mbuf = std::exchange(packet.mbuf, nullptr);
  if (packet.l3 != sizeof(rte_ether_hdr)) {
    std::array<std::uint8_t, 12> addresses;
    std::memcpy(addresses.data(), rte_pktmbuf_mtod(mbuf, const std::uint8_t*), addresses.size());
    auto* start = rte_pktmbuf_adj(mbuf, sizeof(rte_vlan_hdr));
    std::memcpy(start, addresses.data(), addresses.size());
  }
  self.send_to_host(mbuf, packet.in->slot());
}

void judge(Opening& opening, Worker& self) noexcept {
  const Tuple& tuple = opening.original;
  if (opening.revived != nullptr) return;
  if (opening.from_host) {
    // What is translated needs a session to say how.
    opening.keeps_no_session = opening.out != nullptr && !opening.destination_translated &&
                               find(*opening.out, tuple.protocol, tuple.source.port) != nullptr;
    return;
  }
  if (!opening.to_host) return;
  if (const auto* service = find(*opening.in, tuple.protocol, tuple.destination.port)) {
    deliver(opening, *service, self);
  }
}

}  // namespace

void Stage::run(Burst& burst, const Snapshot& /*now*/, Worker& self) noexcept {
  burst.each_opening([&](Opening& opening) { judge(opening, self); });
}

}  // namespace viaduct::punt
