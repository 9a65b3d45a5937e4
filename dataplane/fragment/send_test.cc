#include "dataplane/fragment/send.h"

#include <gtest/gtest.h>

#include "tests/world.h"

namespace viaduct::test {
namespace {

constexpr auto outward = "10.1.1.11:40000 > 198.51.100.9:53";

// The way out takes less than the way in.
class NarrowLink : public testing::Test {
 protected:
  NarrowLink() { router.with("interfaces/public0/mtu", "1000"); }
  std::string whole() {
    std::vector<Bytes> frames;
    for (const Wire::Frame& frame : router.left()) frames.push_back(frame.bytes);
    return describe(read_frame(put_together(frames)));
  }
  World router;
};

TEST_F(NarrowLink, CarriesWhatMayBeFragmentedInFragments) {
  EXPECT_EQ(router.sends(udp(outward).length(1500).may_be_fragmented().datagram(7)),
            "public0: 203.0.113.2:40000 > 198.51.100.9:53 part 0-976; "
            "public0: 203.0.113.2 > 198.51.100.9 part 976-end");
  EXPECT_EQ(whole(), "203.0.113.2:40000 > 198.51.100.9:53");
  EXPECT_EQ(router.last().payload[5], 7);
}

TEST_F(NarrowLink, CarriesWhatFitsWhole) {
  EXPECT_EQ(router.sends(udp(outward).length(1000).may_be_fragmented()),
            "public0: 203.0.113.2:40000 > 198.51.100.9:53");
}

TEST_F(NarrowLink, CarriesFragmentsInSmallerOnes) {
  const Draft datagram = udp(outward).length(2980).datagram(7);
  EXPECT_EQ(router.sends({Draft{datagram}.part(0, 1480), Draft{datagram}.part(1480, 2960)}),
            "public0: 203.0.113.2:40000 > 198.51.100.9:53 part 0-976; "
            "public0: 203.0.113.2 > 198.51.100.9 part 976-1480; "
            "public0: 203.0.113.2 > 198.51.100.9 part 1480-2456; "
            "public0: 203.0.113.2 > 198.51.100.9 part 2456-end");
  EXPECT_EQ(whole(), "203.0.113.2:40000 > 198.51.100.9:53");
}

TEST_F(NarrowLink, CarriesNothingThatMayNotBeFragmented) {
  EXPECT_EQ(router.sends(udp(outward).length(1001)),
            "guest0: 10.1.1.1 > 10.1.1.11 too big for 1000 about 10.1.1.11:40000 > "
            "198.51.100.9:53; dropped: too_big");
}

TEST_F(NarrowLink, IsAlsoOneTowardsAGuest) {
  router.with("interfaces/public0/mtu", "1500").with("interfaces/guest0/mtu", "600");
  (void)router.sends(udp(outward));
  EXPECT_EQ(
      router.sends(udp("198.51.100.9:53 > 203.0.113.2:40000").length(1000).may_be_fragmented()),
      "guest0: 198.51.100.9:53 > 10.1.1.11:40000 part 0-576; "
      "guest0: 198.51.100.9 > 10.1.1.11 part 576-end");
  EXPECT_EQ(whole(), "198.51.100.9:53 > 10.1.1.11:40000");
}

TEST_F(NarrowLink, GetsAPacketThatWaitedForItsNeighbourInFragments) {
  router.silence_neighbours();
  EXPECT_NE(router.sends(udp(outward).length(1500).may_be_fragmented()).find("held"),
            std::string::npos);
  router.silence_neighbours(false);
  (void)router.hears("public0", {2, station(address("203.0.113.1")), "203.0.113.1", Mac{},
                                 "203.0.113.2", Mac::broadcast()});
  EXPECT_EQ(whole(), "203.0.113.2:40000 > 198.51.100.9:53");
}

TEST_F(NarrowLink, CarriesTheHostsPacketsInFragments) {
  EXPECT_EQ(router.sends(udp("203.0.113.2:61440 > 198.51.100.9:53")
                             .length(1500)
                             .may_be_fragmented()
                             .from_host("public0")),
            "public0: 203.0.113.2:61440 > 198.51.100.9:53 part 0-976; "
            "public0: 203.0.113.2 > 198.51.100.9 part 976-end");
}

}  // namespace
}  // namespace viaduct::test
