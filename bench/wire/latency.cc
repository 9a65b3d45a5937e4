#include "bench/wire/latency.h"

#include <cmath>

namespace viaduct::bench {

std::uint32_t LatencyHistogram::within(double share) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(total_)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    seen += counts_[bucket];
    if (seen >= wanted && seen != 0) return std::min(last_of(bucket), most_);
  }
  return 0;
}

}  // namespace viaduct::bench
