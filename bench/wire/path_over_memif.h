#pragma once

#include "bench/path.h"

namespace viaduct::bench {

// As measure_path(), but frames come from another process by shared memory, and receiving and
// sending count too. One worker.
Result<api::Json> measure_path_over_memif(const Options& options, const PathOptions& path,
                                          Progress& progress);

}  // namespace viaduct::bench
