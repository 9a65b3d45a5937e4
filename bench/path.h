#pragma once

#include "bench/cases.h"
#include "bench/frames.h"
#include "bench/run.h"

namespace viaduct::bench {

// Where frames come from: this process' memory, or another process by net_memif.
enum class Via : std::uint8_t { memory, memif };

struct PathOptions {
  Kind kind = Kind::nat;
  FrameLengths lengths;
  std::uint32_t sessions = 1;
  std::uint32_t rules = 0;
  unsigned workers = 1;
  Via via = Via::memory;
  Protocol protocol = Protocol::udp;
  unsigned check_each = 16;  // batches: those whose frames are looked at, 1 is all
  // Fails when a packet takes longer than this many steps of the noise watch's loop; 0: never.
  double guard = 0;
};

[[nodiscard]] api::Json path_parameters(const Options& options, const PathOptions& path);

// Cycles per packet of established conversations, through the whole path of one or more workers.
Result<api::Json> measure_path(const Options& options, const PathOptions& path, Progress& progress);
Result<void> run_path(const Options& options, const PathOptions& path);

}  // namespace viaduct::bench
