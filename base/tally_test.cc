#include "base/tally.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace viaduct {
namespace {

constexpr std::uint32_t many = 1'000'000;

TEST(Tally, CountsEachOwnersByItself) {
  Tally tally{1024, 7, false};
  EXPECT_TRUE(tally.add(1, many));
  EXPECT_TRUE(tally.add(1, many));
  EXPECT_TRUE(tally.add(2, many));
  tally.remove(1);
  EXPECT_EQ(tally.count(1), 1U);
  EXPECT_EQ(tally.count(2), 1U);
  EXPECT_EQ(tally.count(3), 0U);
}

TEST(Tally, RefusesWhatIsMoreThanTheLimit) {
  Tally tally{1024, 7, false};
  EXPECT_TRUE(tally.add(1, 2));
  EXPECT_TRUE(tally.add(1, 2));
  EXPECT_FALSE(tally.add(1, 2));
  EXPECT_TRUE(tally.add(2, 2)) << "another owner has as many for itself";
  tally.remove(1);
  EXPECT_TRUE(tally.add(1, 2));
}

TEST(Tally, NeverCountsBelowNone) {
  Tally tally{1024, 7, false};
  tally.remove(1);
  EXPECT_EQ(tally.count(1), 0U);
}

TEST(Tally, HasRoomForOthersWhenOwnersHaveNoneAnyMore) {
  Tally tally{64, 7, false};
  for (std::uint64_t owner = 0; owner < 10'000; ++owner) {
    EXPECT_TRUE(tally.add(owner, many));
    EXPECT_EQ(tally.count(owner), 1U);
    tally.remove(owner);
  }
}

TEST(Tally, LetsPassWhatItHasNoRoomToCount) {
  Tally tally{8, 7, false};
  for (std::uint64_t owner = 0; owner < 100; ++owner) EXPECT_TRUE(tally.add(owner, 1));
}

TEST(Tally, TellsHowManyTheOwnerOfTheMostHas) {
  Tally tally{1024, 7, false};
  EXPECT_EQ(tally.greatest(), 0U);
  for (int i = 0; i < 3; ++i) (void)tally.add(1, many);
  for (int i = 0; i < 5; ++i) (void)tally.add(2, many);
  EXPECT_EQ(tally.greatest(), 5U);
  for (int i = 0; i < 4; ++i) tally.remove(2);
  EXPECT_EQ(tally.greatest(), 3U);
}

TEST(Tally, LosesNoCountAmongThreads) {
  Tally tally{1024, 7, false};
  constexpr int rounds = 20'000;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < rounds; ++round) {
        (void)tally.add(1, many);
        (void)tally.add(static_cast<std::uint64_t>(round), many);
        tally.remove(static_cast<std::uint64_t>(round));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(tally.count(1), 4U * rounds);
}

}  // namespace
}  // namespace viaduct
