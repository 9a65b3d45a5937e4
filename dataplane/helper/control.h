#pragma once

#include "dataplane/core/fwd.h"
#include "dataplane/core/opening.h"
#include "dataplane/core/packet.h"
#include "dataplane/flow/table.h"

// Sessions that helpers look into, from their first packet to the last.
namespace viaduct::helper {

// Marks a session that policy let be: as one that a helper is to look into, if its network wants
// that, or as one that was announced.
void attend(const Opening& opening, flow::SessionId session, Worker& self) noexcept;

// Looks into a packet of a session that is marked so, before its addresses and ports are
// translated: what it announces is let in and, where the receiver has to know it otherwise,
// rewritten. False if the packet is gone, since it has become too long.
[[nodiscard]] bool serve(Packet& packet, Worker& self) noexcept;

// A session has ended, and what it announced will not come.
void discharge(flow::SessionId session, Worker& self) noexcept;

// Forgets what did not come in time. To be called a few times a second.
void tick(Worker& self) noexcept;

}  // namespace viaduct::helper
