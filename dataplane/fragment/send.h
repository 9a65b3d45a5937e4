#pragma once

#include "dataplane/core/fwd.h"
#include "dataplane/neighbour/neighbours.h"

namespace viaduct::fragment {

// Sends an IP packet that is larger than the MTU of the next hop in fragments (RFC 791 3.2).
// DPDK's functions for it make buffers of several segments, or are experimental.
void send(Worker& self, rte_mbuf* packet, neighbour::AdjacencyId by) noexcept;

}  // namespace viaduct::fragment
