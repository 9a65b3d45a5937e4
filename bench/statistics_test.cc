#include "bench/statistics.h"

#include <gtest/gtest.h>

#include <cmath>

namespace viaduct::bench {
namespace {

TEST(Percentile, OfOneValueIsThatValue) {
  EXPECT_EQ(percentile({7}, 0), 7);
  EXPECT_EQ(percentile({7}, 0.5), 7);
  EXPECT_EQ(percentile({7}, 1), 7);
}

TEST(Percentile, LiesBetweenNeighboursInProportion) {
  EXPECT_DOUBLE_EQ(percentile({10, 20}, 0.25), 12.5);
  EXPECT_DOUBLE_EQ(percentile({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 0.9), 9);
}

TEST(Percentile, ReachesTheEnds) {
  EXPECT_EQ(percentile({1, 2, 3}, 0), 1);
  EXPECT_EQ(percentile({1, 2, 3}, 1), 3);
}

TEST(Summary, TakesValuesInAnyOrder) {
  const Summary summary = summarize({10, 0, 5, 3, 8, 1, 9, 2, 7, 4, 6});

  EXPECT_DOUBLE_EQ(summary.p10, 1);
  EXPECT_DOUBLE_EQ(summary.median, 5);
  EXPECT_DOUBLE_EQ(summary.p90, 9);
  EXPECT_DOUBLE_EQ(summary.spread(), 1.6);
}

TEST(Summary, OfNothingButZeroesHasNoSpread) {
  EXPECT_EQ(summarize({0, 0}).spread(), 0);
}

TEST(Mean, IsSurerOfManyValuesThanOfFew) {
  const Mean few = mean_of({1, 3});
  const Mean many = mean_of({1, 3, 1, 3, 1, 3, 1, 3});

  EXPECT_DOUBLE_EQ(few.mean, 2);
  EXPECT_NEAR(few.high, 2 + 1.96, 1e-9);
  EXPECT_DOUBLE_EQ(many.mean, 2);
  EXPECT_NEAR(many.low, 2 - 1.96 * std::sqrt(8.0 / 7 / 8), 1e-9);
  EXPECT_EQ(mean_of({7}).low, 7);
}

}  // namespace
}  // namespace viaduct::bench
