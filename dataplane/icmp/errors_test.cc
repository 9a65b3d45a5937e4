#include "dataplane/icmp/errors.h"

#include <gtest/gtest.h>

#include "tests/world.h"

namespace viaduct::test {
namespace {

class OriginatedError : public testing::Test {
 protected:
  World router;
};

TEST_F(OriginatedError, TellsThatTheTimeToLiveRanOut) {
  EXPECT_EQ(router.sends(udp("10.1.1.11:40000 > 198.51.100.9:53").ttl(1)),
            "guest0: 10.1.1.1 > 10.1.1.11 time exceeded about 10.1.1.11:40000 > 198.51.100.9:53; "
            "dropped: ttl_expired");
  EXPECT_EQ(router.sends(udp("10.1.1.11:40000 > 198.51.100.9:53").ttl(2)),
            "public0: 203.0.113.2:40000 > 198.51.100.9:53");
}

TEST_F(OriginatedError, TellsTheOutsideWhatItKnows) {
  (void)router.sends(udp("10.1.1.11:40000 > 198.51.100.9:53"));
  EXPECT_EQ(router.sends(udp("198.51.100.9:53 > 203.0.113.2:40000").ttl(1)),
            "public0: 203.0.113.2 > 198.51.100.9 time exceeded about "
            "198.51.100.9:53 > 203.0.113.2:40000; dropped: ttl_expired");
}

TEST_F(OriginatedError, TellsTheMtuToWhoDoesNotWantFragments) {
  router.with("interfaces/public0/mtu", "1400");
  EXPECT_EQ(router.sends(udp("10.1.1.11:40000 > 198.51.100.9:53").length(1401)),
            "guest0: 10.1.1.1 > 10.1.1.11 too big for 1400 about "
            "10.1.1.11:40000 > 198.51.100.9:53; dropped: too_big");
  EXPECT_EQ(router.sends(udp("10.1.1.11:40000 > 198.51.100.9:53").length(1400)),
            "public0: 203.0.113.2:40000 > 198.51.100.9:53");
}

TEST_F(OriginatedError, TellsTheOutsideTheMtuAboutThePacketThatItSent) {
  router.with("interfaces/guest0/mtu", "1300");
  (void)router.sends(udp("10.1.1.11:40000 > 198.51.100.9:53"));
  EXPECT_EQ(router.sends(udp("198.51.100.9:53 > 203.0.113.2:40000").length(1301)),
            "public0: 203.0.113.2 > 198.51.100.9 too big for 1300 about "
            "198.51.100.9:53 > 203.0.113.2:40000; dropped: too_big");
}

TEST_F(OriginatedError, QuotesNoMoreThan576BytesHold) {
  (void)router.sends(udp("10.1.1.11:40000 > 198.51.100.9:53").ttl(1).length(1400));
  EXPECT_EQ(router.last().payload.size(), 576U);
}

TEST_F(OriginatedError, IsNeverAboutAnError) {
  router.without("routes/default");
  EXPECT_EQ(
      router.sends(
          icmp("10.1.1.11 > 198.51.100.9", 3, 3).about(udp("198.51.100.9:53 > 10.1.1.11:40000"))),
      "dropped: no_session");
  EXPECT_EQ(router.sends(icmp("10.1.1.11 > 198.51.100.9", 5, 1)), "dropped: no_route");
}

TEST_F(OriginatedError, NeverAnswersAFrameThatWasForAll) {
  EXPECT_EQ(router.sends(udp("10.1.1.11:40000 > 198.51.100.9:53").ttl(1).to_mac(Mac::broadcast()))
                .find("time exceeded"),
            std::string::npos);
}

// How many of so many packets, each from the next of so many guests, their senders are told about.
std::size_t told(World& router, int packets, int guests) {
  std::size_t count = 0;
  for (int i = 0; i < packets; ++i) {
    const std::string guest = "10.1.1." + std::to_string(20 + i % guests);
    const auto outcome = router.sends(udp(guest + ":40000 > 198.51.100.9:53").ttl(1));
    if (outcome != "dropped: ttl_expired") ++count;
  }
  return count;
}

TEST_F(OriginatedError, IsLimitedInRate) {
  EXPECT_EQ(told(router, 1100, 100), 1000U);
  (void)router.waits(1);
  EXPECT_EQ(told(router, 1, 1), 1U);
}

TEST_F(OriginatedError, LeavesSomethingForOtherStations) {
  EXPECT_EQ(told(router, 2000, 1), 100U);
  EXPECT_NE(router.sends(udp("10.1.1.11:40000 > 198.51.100.9:53").ttl(1)), "dropped: ttl_expired");
}

}  // namespace
}  // namespace viaduct::test
