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
// Nobody takes the connection: it was denied.
void port_unreachable(Worker& self, Packet& packet) noexcept;
// Tells the sender, who asked not to fragment, the MTU (RFC 1191).
void too_big(Worker& self, Packet& packet, std::uint16_t mtu) noexcept;

[[nodiscard]] inline bool may_be_fragmented(const Packet& packet) noexcept {
  return (packet.ip().fragment_offset & RTE_BE16(RTE_IPV4_HDR_DF_FLAG)) == 0;
}

// For packets that the caller drops: their sender, a guest, can have no session (RFC 5508 REQ-8).
// Strangers are told nothing.
void tell_prohibited(Worker& self, const Packet& packet) noexcept;

// Drops what may not make one more hop over a link with this MTU, and tells its sender.
void turn_back(Worker& self, Packet& packet, std::uint16_t mtu) noexcept;

// Whether the packet may make one more hop, over a link with this MTU, if need be in fragments. One
// that may not is gone afterwards, and its sender told.
[[nodiscard]] inline bool may_travel(Worker& self, Packet& packet, std::uint16_t mtu) noexcept {
  const bool lives = packet.ip().time_to_live > 1 || packet.from_host;
  const bool fits = packet.ip_length <= mtu || may_be_fragmented(packet);
  const bool may = lives && fits;
  if (!may) turn_back(self, packet, mtu);
  return may;
}

}  // namespace viaduct::icmp
