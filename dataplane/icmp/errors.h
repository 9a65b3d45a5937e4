#pragma once

#include <cstdint>

#include "dataplane/core/fwd.h"
#include "dataplane/core/packet.h"

// ICMP errors that the router itself sends (RFC 792, RFC 1812 4.3), as replies to a packet that is
// still as it arrived. Each drops the packet, and is limited in rate (RFC 1812 4.3.2.8).
namespace viaduct::icmp {

void time_exceeded(Worker& self, Packet& packet) noexcept;
void no_route(Worker& self, Packet& packet) noexcept;
// The next hop does not answer.
void host_unreachable(Worker& self, Packet& packet) noexcept;
// Tells the sender the MTU if it asked not to fragment (RFC 1191).
void too_big(Worker& self, Packet& packet, std::uint16_t mtu) noexcept;

// Drops what may not make one more hop over a link with this MTU, and tells its sender.
void turn_back(Worker& self, Packet& packet, std::uint16_t mtu) noexcept;

// Whether the packet may make one more hop, over a link with this MTU. One that may not is gone
// afterwards, and its sender told.
[[nodiscard]] inline bool may_travel(Worker& self, Packet& packet, std::uint16_t mtu) noexcept {
  const bool lives = packet.ip().time_to_live > 1 || packet.from_host;
  const bool may = lives && packet.ip_length <= mtu;
  if (!may) turn_back(self, packet, mtu);
  return may;
}

}  // namespace viaduct::icmp
