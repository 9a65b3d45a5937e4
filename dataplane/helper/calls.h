#pragma once

#include "dataplane/core/fwd.h"
#include "dataplane/core/packet.h"

namespace viaduct::helper {

// Looks into what PPTP's control connection says before its packet is translated. The name that a
// guest has for its end of a call becomes one that no other guest behind the same public address
// has, and GRE to it is let in for as long as the call, or its connection, lasts. Segments that do
// not begin with a message, or that end within one, pass as they are from there on.
// REQUIRES: it is no fragment.
void serve_pptp(Packet& packet, Worker& self) noexcept;

}  // namespace viaduct::helper
