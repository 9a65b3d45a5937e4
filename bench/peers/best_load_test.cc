#include "bench/peers/best_load.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace viaduct::bench {
namespace {

constexpr double capacity = 700'000;

TEST(BestLoad, IsWhereADeviceThatCollapsesForwardsMost) {
  const auto livelocked = [](double rate) {
    return rate <= capacity ? rate : std::max(0.0, capacity - 2 * (rate - capacity));
  };
  const double load = best_load(20'000, livelocked).value();

  EXPECT_LE(load, capacity);
  EXPECT_GE(load, 0.93 * capacity);
}

TEST(BestLoad, FillsADeviceThatKeepsItsRate) {
  const auto steady = [](double rate) { return std::min(rate, capacity); };

  EXPECT_GE(best_load(20'000, steady).value(), capacity);
}

TEST(BestLoad, IsFoundThoughTheFirstOneIsTooMuch) {
  const auto steady = [](double rate) { return std::min(rate, capacity); };

  EXPECT_GE(best_load(3 * capacity, steady).value(), capacity);
}

TEST(BestLoad, IsNotMissedForOneBadMoment) {
  int calls = 0;
  const auto moody = [&](double rate) {
    return ++calls == 4 ? 0.9 * rate / 1.4 : std::min(rate, capacity);
  };

  EXPECT_GE(best_load(20'000, moody).value(), 0.95 * capacity);
}

TEST(BestLoad, EndsWithADeviceThatForwardsNothing) {
  EXPECT_EQ(best_load(20'000, [](double) { return 0.0; }).value(), 0);
}

TEST(BestLoad, EndsWithADeviceThatTakesEverything) {
  EXPECT_GT(best_load(20'000, [](double rate) { return rate; }).value(), 1e9);
}

}  // namespace
}  // namespace viaduct::bench
