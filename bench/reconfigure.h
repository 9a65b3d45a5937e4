#pragma once

#include "bench/run.h"

namespace viaduct::bench {

struct ReconfigureOptions {
  std::uint32_t rules = 10'000;     // firewall rules, replaced together
  std::uint32_t forwards = 1'000;   // port forwards, replaced with them
  std::uint32_t standing = 10'000;  // port forwards in all
  std::uint32_t sessions = 65'536;
  std::uint32_t changes = 1'000;  // of each kind
};

// Changes the configuration while packets flow: what it takes, and what it costs.
Result<void> run_reconfigure(const Options& options, const ReconfigureOptions& wanted);

}  // namespace viaduct::bench
