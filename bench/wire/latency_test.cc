#include "bench/wire/latency.h"

#include <gtest/gtest.h>

namespace viaduct::bench {
namespace {

TEST(LatencyHistogram, SaysNothingAboutNoPackets) {
  EXPECT_EQ(LatencyHistogram{}.within(0.5), 0U);
}

TEST(LatencyHistogram, IsExactForShortTimes) {
  LatencyHistogram latency;
  for (std::uint32_t ticks = 1; ticks <= 60; ++ticks) latency.add(ticks);

  EXPECT_EQ(latency.within(0.5), 30U);
  EXPECT_EQ(latency.within(1), 60U);
}

TEST(LatencyHistogram, IsWithinThreePercentForLongOnes) {
  for (std::uint32_t ticks = 64; ticks < 2'000'000'000; ticks += ticks / 7) {
    LatencyHistogram latency;
    latency.add(ticks);
    latency.add(4'000'000'000);

    EXPECT_GE(latency.within(0.5), ticks);
    EXPECT_LE(latency.within(0.5), ticks + ticks / 32);
  }
}

TEST(LatencyHistogram, FindsTheFewThatTookLong) {
  LatencyHistogram latency;
  for (int i = 0; i < 999; ++i) latency.add(10);
  latency.add(5000);

  EXPECT_EQ(latency.within(0.99), 10U);
  EXPECT_EQ(latency.within(0.999), 10U);
  EXPECT_EQ(latency.within(1), 5000U);
  EXPECT_EQ(latency.most(), 5000U);
}

TEST(LatencyHistogram, TakesTheLongestTimeThereIs) {
  LatencyHistogram latency;
  latency.add(UINT32_MAX);

  EXPECT_EQ(latency.within(1), UINT32_MAX);
}

}  // namespace
}  // namespace viaduct::bench
