#pragma once

#include "bench/cases.h"
#include "bench/frames.h"
#include "bench/run.h"

namespace viaduct::bench {

struct SearchOptions {
  Kind kind = Kind::nat;
  FrameLengths lengths;
  std::uint32_t sessions = 1000;
  std::uint32_t rules = 0;
};

// The greatest rates at which Viaduct, in a process of its own, loses nothing (NDR) and little
// (PDR), and how long packets take below them.
Result<void> run_search(const Options& options, const SearchOptions& search);

}  // namespace viaduct::bench
