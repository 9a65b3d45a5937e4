#pragma once

#include "bench/cases.h"
#include "bench/frames.h"
#include "bench/run.h"

namespace viaduct::bench {

struct PeersOptions {
  Kind kind = Kind::nat;  // forward or nat: what every peer can do
  FrameLengths lengths;
  std::uint32_t sessions = 1000;
  std::string vpp;  // the program; empty: VPP takes no part
};

// Viaduct and others at the same work, with the same sender and receiver: over veth pairs the
// kernel's nftables and testpmd, over memif testpmd and VPP.
Result<void> run_peers(const Options& options, const PeersOptions& peers);

}  // namespace viaduct::bench
