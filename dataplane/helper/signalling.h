#pragma once

#include "dataplane/core/fwd.h"
#include "dataplane/core/packet.h"

namespace viaduct::helper {

// Looks into a SIP message before its packet is translated. Of what a guest sends, sent-by of the
// topmost Via, Contact and the session description say what the receiver has to know it by, and
// where it listens is let in; what is sent to it says again what it knows itself by. Messages that
// are not understood pass as they are. False if the packet is gone, since it has become too long.
// REQUIRES: it is no fragment.
[[nodiscard]] bool serve_sip(Packet& packet, Worker& self) noexcept;

}  // namespace viaduct::helper
