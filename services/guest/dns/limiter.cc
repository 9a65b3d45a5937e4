#include "services/guest/dns/limiter.h"

#include <algorithm>

#include "base/hash.h"

namespace viaduct::dns {

bool Limiter::admit(const Address& client, Time now) noexcept {
  if (rate_ == 0) return true;
  constexpr unsigned subnet = 64;
  constexpr Duration burst = std::chrono::seconds{1};
  const Address key = client.is_v4() ? client : client.masked(subnet);
  auto& row = buckets_[hash(key, seed_) % rows];
  auto bucket = std::ranges::find(row, key, &Bucket::client);
  if (bucket == row.end()) {
    bucket = std::ranges::min_element(row, {}, &Bucket::filled);
    *bucket = {key, now};
  }
  // Each query puts off the moment when the bucket is full again.
  const Time filled = std::max(bucket->filled, now) + burst / rate_;
  if (filled > now + burst) return false;
  bucket->filled = filled;
  return true;
}

}  // namespace viaduct::dns
