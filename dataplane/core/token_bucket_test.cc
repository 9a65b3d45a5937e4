#include "dataplane/core/token_bucket.h"

#include <gtest/gtest.h>

namespace viaduct {
namespace {

// How many of `wanted` the bucket lets through at once.
unsigned taken(TokenBucket& bucket, std::uint32_t rate, flow::Ticks now, unsigned wanted) {
  unsigned count = 0;
  for (unsigned i = 0; i < wanted; ++i) count += bucket.take(rate, now);
  return count;
}

TEST(TokenBucket, BeginsFull) {
  TokenBucket bucket;
  EXPECT_EQ(taken(bucket, 100, 0, 200), 100U);
}

TEST(TokenBucket, FillsWithTime) {
  TokenBucket bucket;
  (void)taken(bucket, 160, 0, 200);
  EXPECT_EQ(taken(bucket, 160, 0, 200), 0U);
  EXPECT_EQ(taken(bucket, 160, 1, 200), 10U);
  EXPECT_EQ(taken(bucket, 160, 9, 200), 80U);
}

TEST(TokenBucket, HoldsASecondsWorthAtMost) {
  TokenBucket bucket;
  (void)taken(bucket, 100, 0, 200);
  EXPECT_EQ(taken(bucket, 100, 1000 * flow::ticks_per_second, 200), 100U);
}

TEST(TokenBucket, FillsAtALowRateThoughItIsAskedOften) {
  TokenBucket bucket;
  (void)taken(bucket, 1, 0, 10);
  unsigned count = 0;
  for (flow::Ticks now = 1; now <= 10 * flow::ticks_per_second; ++now) {
    count += bucket.take(1, now);
  }
  EXPECT_EQ(count, 10U);
}

TEST(TokenBucket, OutlivesTheWrapOfTime) {
  TokenBucket bucket;
  (void)taken(bucket, 160, ~flow::Ticks{0}, 200);
  EXPECT_EQ(taken(bucket, 160, 0, 200), 10U);
}

}  // namespace
}  // namespace viaduct
