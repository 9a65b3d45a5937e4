#pragma once

#include <array>

#include "base/hash.h"
#include "base/net.h"
#include "dataplane/core/token_bucket.h"
#include "dataplane/model/directory.h"

namespace viaduct::icmp {

// How much stations are told by ICMP, so that one that makes us talk leaves something for the
// others. Which of them share a bucket is a secret.
class Told {
 public:
  explicit Told(std::uint64_t seed) : seed_(mix(seed, 0x701d)) {}

  // Whether one more may go to the station, which then had it; at most `rate` in a second.
  [[nodiscard]] bool take(Slot interface, const Address& station, std::uint32_t rate,
                          flow::Ticks now) noexcept {
    return buckets_[hash(station, mix(seed_, interface)) % buckets_.size()].take(rate, now);
  }

 private:
  std::uint64_t seed_;
  std::array<TokenBucket, 4096> buckets_;
};

}  // namespace viaduct::icmp
