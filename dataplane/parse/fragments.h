#pragma once

#include "dataplane/core/burst.h"
#include "dataplane/core/fwd.h"
#include "dataplane/core/reason.h"

namespace viaduct::parse {

// Reads a packet that is a fragment, up to its IP header being proved. Unless its ports are known
// already, it goes to the table of the worker where all fragments of its datagram meet, and comes
// back when they are. Tells the reason to drop it, or Reason::total if it has gone or may go on.
Reason read_fragment(Packet& packet, Worker& self, CameBy way) noexcept;

}  // namespace viaduct::parse
