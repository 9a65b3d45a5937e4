#pragma once

#include <cstdint>

#include "dataplane/core/packet.h"

namespace viaduct::flow {

// Keeps a TCP handshake from asking for larger segments than go into IP packets of `mtu` bytes (RFC
// 9293 3.7.1): its maximum segment size option is made smaller, if it has a larger one.
void clamp_mss(const Packet& packet, std::uint16_t mtu) noexcept;

}  // namespace viaduct::flow
