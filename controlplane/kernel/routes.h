#pragma once

#include <span>

#include "base/result.h"
#include "controlplane/kernel/links.h"
#include "dataplane/document.h"

namespace viaduct::kernel {

// Gives the main table the connected and static routes of a router, as far as they leave by a TAP
// that is there, and takes other such routes away. Routes of routing daemons are left alone.
Result<void> converge_routes(nl_sock* socket, const CompiledRouter& router,
                             std::span<const PresentLink> links);

}  // namespace viaduct::kernel
