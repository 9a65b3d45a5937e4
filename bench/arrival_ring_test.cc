#include "bench/arrival_ring.h"

#include <gtest/gtest.h>

namespace viaduct::bench {
namespace {

// One packet in two cycles.
class Arrivals : public testing::Test {
 protected:
  Arrivals() { ring.begin(1000, 0.5); }
  static constexpr std::uint64_t until_full = 1000 + 2 * ArrivalRing::capacity;
  ArrivalRing ring;
};

TEST_F(Arrivals, WaitUntilTheyAreTaken) {
  EXPECT_EQ(ring.waiting(1000), 0U);
  EXPECT_EQ(ring.waiting(1200), 100U);
  ring.take(64);
  EXPECT_EQ(ring.waiting(1200), 36U);
  EXPECT_EQ(ring.waiting(1300), 86U);
  EXPECT_EQ(ring.taken(), 64U);
}

TEST_F(Arrivals, AreLostWhenTheyFindTheRingFull) {
  EXPECT_EQ(ring.waiting(until_full), ArrivalRing::capacity);
  EXPECT_EQ(ring.lost(), 0U);
  EXPECT_EQ(ring.waiting(until_full + 20), ArrivalRing::capacity);
  EXPECT_EQ(ring.lost(), 10U);
  ring.take(64);
  EXPECT_EQ(ring.waiting(until_full + 20), ArrivalRing::capacity - 64);
}

TEST_F(Arrivals, AreLostToTheMachineAsManyAsCameWhileItWasAway) {
  ring.excuse(20);
  EXPECT_EQ(ring.waiting(until_full + 50), ArrivalRing::capacity);
  EXPECT_EQ(ring.lost_to_machine(), 10U);
  EXPECT_EQ(ring.lost(), 15U);
}

TEST_F(Arrivals, MayFindTheRingFullOnlyAfterTheMachineIsBack) {
  ring.excuse(20);
  EXPECT_EQ(ring.waiting(until_full), ArrivalRing::capacity);
  EXPECT_EQ(ring.waiting(until_full + 8), ArrivalRing::capacity);
  EXPECT_EQ(ring.lost_to_machine(), 4U);
  EXPECT_EQ(ring.lost(), 0U);
}

TEST_F(Arrivals, AreNotLostToTheMachineOnceTheRingWasDrained) {
  ring.excuse(20);
  ring.drained();
  EXPECT_EQ(ring.waiting(until_full + 20), ArrivalRing::capacity);
  EXPECT_EQ(ring.lost_to_machine(), 0U);
  EXPECT_EQ(ring.lost(), 10U);
}

TEST_F(Arrivals, BeginAnewAtAnotherRate) {
  (void)ring.waiting(until_full + 20);
  ring.take(64);
  ring.begin(50'000, 0.25);
  EXPECT_EQ(ring.waiting(50'000), 0U);
  EXPECT_EQ(ring.waiting(50'400), 100U);
  EXPECT_EQ(ring.taken(), 64U);
  EXPECT_EQ(ring.lost(), 10U);
}

}  // namespace
}  // namespace viaduct::bench
