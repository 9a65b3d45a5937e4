#pragma once

#include <cstdint>

#include "dataplane/flow/session.h"

namespace viaduct {

// Lets `rate` per second through, and as many at once after a quiet second.
class TokenBucket {
 public:
  [[nodiscard]] bool take(std::uint32_t rate, flow::Ticks now) noexcept {
    const flow::Ticks elapsed = now - filled_;
    const std::uint64_t earned = std::uint64_t{rate} * elapsed / flow::ticks_per_second;
    if (earned != 0) {
      filled_ = now;
      const std::uint64_t total = tokens_ + earned;
      tokens_ = static_cast<std::uint32_t>(total < rate ? total : rate);
    }
    if (tokens_ == 0) return false;
    --tokens_;
    return true;
  }

 private:
  flow::Ticks filled_ = ~flow::Ticks{0} / 2;  // long ago: it starts full
  std::uint32_t tokens_ = 0;
};

}  // namespace viaduct
