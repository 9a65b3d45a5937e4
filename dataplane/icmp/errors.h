#pragma once

#include <cstdint>

#include "dataplane/core/fwd.h"

namespace viaduct {
struct Packet;
}

// ICMP errors that the router itself sends (RFC 792, RFC 1812 4.3), as replies to a packet that is
// still as it arrived. Each drops the packet, and is limited in rate (RFC 1812 4.3.2.8).
namespace viaduct::icmp {

void time_exceeded(Worker& self, Packet& packet) noexcept;
void no_route(Worker& self, Packet& packet) noexcept;
// The next hop does not answer.
void host_unreachable(Worker& self, Packet& packet) noexcept;
// Tells the sender the MTU if it asked not to fragment (RFC 1191).
void too_big(Worker& self, Packet& packet, std::uint16_t mtu) noexcept;

// Whether the packet may make one more hop, over a link with this MTU. One that may not is gone
// afterwards, and its sender told.
[[nodiscard]] bool may_travel(Worker& self, Packet& packet, std::uint16_t mtu) noexcept;

}  // namespace viaduct::icmp
