#pragma once

#include <vector>

#include "base/result.h"
#include "controlplane/kernel/netlink.h"
#include "dataplane/interface/interface.h"

namespace viaduct::kernel {

// An interface whose TAP is there.
struct PresentLink {
  const interface::Compiled* interface;
  int index;  // of the TAP, in its namespace
};

// Brings the TAPs of these interfaces up, with their MTU and with exactly their addresses; tells
// which of them are there. REQUIRES: called inside the namespace that `socket` is of.
Result<std::vector<PresentLink>> converge_links(nl_sock* socket,
                                                const interface::Table& interfaces);

}  // namespace viaduct::kernel
