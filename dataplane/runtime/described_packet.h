#pragma once

#include "dataplane/core/snapshot.h"
#include "dataplane/model/described_packet.h"

struct rte_mbuf;
struct rte_mempool;

namespace viaduct::runtime {

// The interface that it names, or what is wrong with the names.
Result<const InterfaceView*> find_interface(const Snapshot& snapshot,
                                            const DescribedPacket& packet);

// A real frame of that description, as it would come in by `in`, or from the router's host if that
// has no port: headers written, checksums right.
// The caller owns it. nullptr when no buffer is free.
rte_mbuf* make_frame(rte_mempool* buffers, const InterfaceView& in, const Tuple& tuple,
                     const DescribedPacket& packet);

}  // namespace viaduct::runtime
