#pragma once

#include "bench/run.h"

namespace viaduct::bench {

struct SessionsOptions {
  std::uint32_t rules = 1000;
  std::uint32_t live = 1'000'000;  // sessions that are there already, in the second round
};

// What a session costs from its first packet to its end: how many are opened in a second, how many
// there are after a ramp-up, what their ends cost, and what happens when ports run out.
Result<void> run_sessions(const Options& options, const SessionsOptions& sessions);

}  // namespace viaduct::bench
