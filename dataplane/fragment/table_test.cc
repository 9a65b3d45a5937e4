#include "dataplane/fragment/table.h"

#include <gtest/gtest.h>

#include "tests/world.h"

namespace viaduct::test {
namespace {

constexpr auto outward = "10.1.1.11:40000 > 198.51.100.9:53";
constexpr auto inward = "198.51.100.9:53 > 203.0.113.2:40000";

// 4028 bytes, as they come over links of 1500.
struct InParts {
  explicit InParts(const Draft& whole, std::uint16_t number = 1)
      : first(Draft{whole}.length(4028).datagram(number).part(0, 1480)),
        second(Draft{whole}.length(4028).datagram(number).part(1480, 2960)),
        last(Draft{whole}.length(4028).datagram(number).part(2960, 4008)) {}
  Draft first, second, last;
};

class Fragments : public testing::Test {
 protected:
  // The datagram that left, put together again.
  std::string whole() {
    std::vector<Bytes> frames;
    for (const Wire::Frame& frame : router.left()) frames.push_back(frame.bytes);
    return describe(read_frame(put_together(frames)));
  }
  // What all of them became in one burst, if they left by `interface`.
  std::string sends(const InParts& parts) {
    const std::string told = router.sends({parts.first, parts.second, parts.last});
    return router.left().size() == 3 ? whole() : told;
  }
  World router;
};

TEST_F(Fragments, TravelAsTheyCome) {
  const InParts parts{udp(outward)};
  EXPECT_EQ(router.sends(parts.first), "public0: 203.0.113.2:40000 > 198.51.100.9:53 part 0-1480");
  EXPECT_EQ(router.sends(parts.second), "public0: 203.0.113.2 > 198.51.100.9 part 1480-2960");
  EXPECT_EQ(router.sends(parts.last), "public0: 203.0.113.2 > 198.51.100.9 part 2960-end");
}

TEST_F(Fragments, TravelInOneBurst) {
  EXPECT_EQ(sends(InParts{udp(outward)}), "203.0.113.2:40000 > 198.51.100.9:53");
  EXPECT_EQ(sends(InParts{udp(inward)}), "198.51.100.9:53 > 10.1.1.11:40000");
  EXPECT_EQ(router.sessions(), 1U);
  EXPECT_EQ(sends(InParts{tcp(outward)}), "203.0.113.2:40000 > 198.51.100.9:53");
  EXPECT_EQ(sends(InParts{ping("10.1.1.11 > 198.51.100.9")}), "203.0.113.2 > 198.51.100.9 echo 7");
  EXPECT_EQ(sends(InParts{pong("198.51.100.9 > 203.0.113.2")}), "198.51.100.9 > 10.1.1.11 reply 7");
  EXPECT_EQ(sends(InParts{other(47, "10.1.1.11 > 198.51.100.9")}), "203.0.113.2 > 198.51.100.9");
}

TEST_F(Fragments, WaitForTheFirst) {
  for (const Draft& datagram : {udp(outward), udp(inward)}) {
    const InParts parts{datagram};
    EXPECT_EQ(router.sends(parts.last), "held");
    EXPECT_EQ(router.sends(parts.second), "held");
    (void)router.sends(parts.first);
    ASSERT_EQ(router.left().size(), 3U);
    EXPECT_NE(whole().find("198.51.100.9:53"), std::string::npos);
    EXPECT_EQ(whole().find("bad"), std::string::npos);
  }
}

TEST_F(Fragments, TravelInAnyOrderInOneBurst) {
  const InParts parts{udp(outward)};
  (void)router.sends({parts.last, parts.first, parts.second});
  EXPECT_EQ(whole(), "203.0.113.2:40000 > 198.51.100.9:53");
}

TEST_F(Fragments, OfSeveralDatagramsDoNotMix) {
  const InParts one{udp("10.1.1.11:40000 > 198.51.100.9:53"), 1};
  const InParts two{udp("10.1.1.11:40001 > 198.51.100.9:53"), 2};
  EXPECT_EQ(router.sends({one.second, two.last}), "held");
  EXPECT_EQ(router.sends(two.first),
            "public0: 203.0.113.2:40001 > 198.51.100.9:53 part 0-1480; "
            "public0: 203.0.113.2 > 198.51.100.9 part 2960-end");
  EXPECT_EQ(router.sends(one.first),
            "public0: 203.0.113.2:40000 > 198.51.100.9:53 part 0-1480; "
            "public0: 203.0.113.2 > 198.51.100.9 part 1480-2960");
}

TEST_F(Fragments, OfADatagramThatIsCompleteMakeRoomForTheNextOfItsNumber) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(sends(InParts{udp(outward)}), "203.0.113.2:40000 > 198.51.100.9:53");
  }
}

TEST_F(Fragments, ThatComeTwiceGoOnce) {
  const InParts parts{udp(outward)};
  (void)router.sends(parts.first);
  EXPECT_EQ(router.sends(parts.first), "dropped: fragment_overlap");
  (void)router.sends(parts.second);
  EXPECT_EQ(router.sends(parts.second), "dropped: fragment_overlap");
  EXPECT_EQ(router.sends(parts.last), "public0: 203.0.113.2 > 198.51.100.9 part 2960-end");
}

TEST_F(Fragments, ThatOverlapEndTheirDatagram) {
  const InParts parts{udp(outward)};
  (void)router.sends(parts.first);
  EXPECT_EQ(router.sends(Draft{parts.second}.part(1472, 2952)), "dropped: fragment_overlap");
  EXPECT_EQ(router.sends(parts.second), "dropped: fragment_overlap");
  EXPECT_EQ(router.sends(parts.last), "dropped: fragment_overlap");
}

TEST_F(Fragments, ThatOverlapEndThoseThatWait) {
  const InParts parts{udp(outward)};
  EXPECT_EQ(router.sends({Draft{parts.second}.part(1472, 2952), parts.last}), "held");
  EXPECT_EQ(router.sends(parts.first),
            "dropped: fragment_overlap; dropped: fragment_overlap; dropped: fragment_overlap");
}

TEST_F(Fragments, MayNotDisagreeWhereTheirDatagramEnds) {
  const InParts parts{udp(outward)};
  (void)router.sends({parts.first, parts.last});
  EXPECT_EQ(router.sends(Draft{parts.last}.length(5000).part(4008, 4980)),
            "dropped: fragment_overlap");
  const InParts others{udp(outward), 2};
  (void)router.sends({others.first, others.second});
  EXPECT_EQ(router.sends(Draft{others.last}.length(2508).part(2480, 2488)),
            "dropped: fragment_overlap");
}

TEST_F(Fragments, MustHoldTheTransportHeaderInTheFirst) {
  EXPECT_EQ(router.sends(tcp(outward).length(100).part(0, 16)), "dropped: bad_l4_header");
  EXPECT_EQ(router.sends(tcp(outward).length(100).part(0, 24)),
            "public0: 203.0.113.2:40000 > 198.51.100.9:53 part 0-24");
  EXPECT_EQ(router.sends(udp(outward).length(100).part(0, 8)),
            "public0: 203.0.113.2:40000 > 198.51.100.9:53 part 0-8");
}

TEST_F(Fragments, MayNotReplaceTheTransportHeader) {
  EXPECT_EQ(router.sends(tcp(outward).length(100).part(8, 24)), "held");
  EXPECT_EQ(router.sends(tcp(outward).length(100).part(0, 24)),
            "dropped: fragment_overlap; dropped: fragment_overlap");
}

TEST_F(Fragments, HaveALengthThatFits) {
  EXPECT_EQ(router.sends(udp(outward).length(100).part(0, 20)), "dropped: bad_fragment");
  EXPECT_EQ(router.sends(udp(outward).length(100).part(80, 80)), "dropped: bad_fragment");
  EXPECT_EQ(router.sends(udp(outward).length(100).fragment(0x1fff)), "dropped: bad_fragment");
}

TEST_F(Fragments, AreNotOfIcmpErrors) {
  EXPECT_EQ(
      router.sends(
          icmp("198.51.100.1 > 203.0.113.2", 3, 4).about(udp(outward).length(500)).part(0, 80)),
      "dropped: bad_fragment");
}

TEST_F(Fragments, DoNotWaitForEver) {
  const InParts parts{udp(outward)};
  EXPECT_EQ(router.sends({parts.second, parts.last}), "held");
  EXPECT_EQ(router.waits(4.75), "nothing");
  EXPECT_EQ(router.waits(0.25), "dropped: fragment_timeout; dropped: fragment_timeout");
  (void)router.sends(parts.first);
  EXPECT_EQ(router.waits(5), "nothing");
  EXPECT_EQ(router.sends(parts.second), "held");
}

TEST_F(Fragments, ShareTheFateOfTheFirst) {
  const InParts refused{udp("198.51.100.9:53 > 203.0.113.2:50000")};
  EXPECT_EQ(router.sends(refused.last), "held");
  EXPECT_EQ(router.sends(refused.first), "dropped: denied_inbound; dropped: denied_inbound");
  EXPECT_EQ(router.sends(refused.second), "dropped: denied_inbound");
}

TEST_F(Fragments, OpenNoSessionBehindTheFirst) {
  const InParts parts{udp(outward)};
  router.without("routes/default");
  EXPECT_NE(router.sends(parts.first).find("dropped: no_route"), std::string::npos);
  router.with("routes/default", R"({"prefix": "0.0.0.0/0", "via": "203.0.113.1"})");
  EXPECT_EQ(router.sends(parts.second), "dropped: no_session");
  EXPECT_EQ(router.sessions(), 0U);
}

TEST_F(Fragments, OfAGuestAreNobodyElsesToSend) {
  const InParts parts{udp(outward)};
  (void)router.sends(parts.first);
  EXPECT_EQ(router.sends(Draft{parts.second}.from("guest1")), "held");
  EXPECT_EQ(router.sends(Draft{parts.second}.from("public0")), "held");
  EXPECT_EQ(router.sends(parts.second), "public0: 203.0.113.2 > 198.51.100.9 part 1480-2960");
}

TEST_F(Fragments, PassStaticNat) {
  router.with("static_nats/db", R"({"public":"203.0.113.12","private":"10.1.1.12"})");
  router.with("firewall_rules/db", R"({"destination":"203.0.113.12"})");
  EXPECT_EQ(sends(InParts{udp("198.51.100.9:5000 > 203.0.113.12:53")}),
            "198.51.100.9:5000 > 10.1.1.12:53");
  EXPECT_EQ(sends(InParts{udp("10.1.1.12:53 > 198.51.100.9:5000")}),
            "203.0.113.12:53 > 198.51.100.9:5000");
}

TEST_F(Fragments, PassPortForwards) {
  router.with("port_forwards/game",
              R"({"protocol":"udp","public":"203.0.113.2:5000","private":"10.1.1.20:53"})");
  router.with("firewall_rules/game", R"({"destination":"203.0.113.2"})");
  EXPECT_EQ(sends(InParts{udp("198.51.100.9:5000 > 203.0.113.2:5000")}),
            "198.51.100.9:5000 > 10.1.1.20:53");
  EXPECT_EQ(sends(InParts{udp("10.1.1.20:53 > 198.51.100.9:5000")}),
            "203.0.113.2:5000 > 198.51.100.9:5000");
}

TEST_F(Fragments, TurnBackToAnotherGuest) {
  router.with("port_forwards/game",
              R"({"protocol":"udp","public":"203.0.113.2:5000","private":"10.1.1.20:53"})");
  router.with("firewall_rules/game", R"({"destination":"203.0.113.2"})");
  EXPECT_EQ(sends(InParts{udp("10.1.1.11:40000 > 203.0.113.2:5000")}),
            "10.1.1.1:40000 > 10.1.1.20:53");
  EXPECT_EQ(sends(InParts{udp("10.1.1.20:53 > 10.1.1.1:40000")}),
            "203.0.113.2:5000 > 10.1.1.11:40000");
}

TEST_F(Fragments, PassInTransit) {
  router.with("interfaces/east", R"({"role": "transit", "port": "wan", "vlan": 20,
                                     "addresses": ["172.20.0.1/24"]})");
  router.with("interfaces/west", R"({"role": "transit", "port": "wan", "vlan": 21,
                                     "addresses": ["172.21.0.1/24"]})");
  EXPECT_EQ(sends(InParts{udp("172.20.0.9:40000 > 172.21.0.9:53")}),
            "172.20.0.9:40000 > 172.21.0.9:53");
}

TEST_F(Fragments, OfAPingForTheRouterAreAnswered) {
  EXPECT_EQ(sends(InParts{ping("10.1.1.11 > 10.1.1.1")}), "10.1.1.1 > 10.1.1.11 reply 7");
}

TEST_F(Fragments, ReachTheRoutersHostAsTheyAre) {
  const InParts parts{udp("10.1.1.11:5000 > 10.1.1.1:53")};
  EXPECT_EQ(router.sends({parts.first, parts.last}),
            "host guest0: 10.1.1.11:5000 > 10.1.1.1:53 part 0-1480; "
            "host guest0: 10.1.1.11 > 10.1.1.1 part 2960-end");
}

TEST_F(Fragments, OfTheRoutersHostLeaveIt) {
  EXPECT_EQ(sends(InParts{udp("10.1.1.1:53 > 10.1.1.11:5000").from_host("guest0")}),
            "10.1.1.1:53 > 10.1.1.11:5000");
  EXPECT_EQ(sends(InParts{udp("203.0.113.2:61440 > 198.51.100.9:53").from_host("public0")}),
            "203.0.113.2:61440 > 198.51.100.9:53");
  EXPECT_EQ(sends(InParts{udp("198.51.100.9:53 > 203.0.113.2:61440")}),
            "198.51.100.9:53 > 203.0.113.2:61440");
}

TEST_F(Fragments, LiveOneHopLess) {
  const InParts parts{udp(outward).ttl(2)};
  (void)router.sends(parts.first);
  EXPECT_EQ(router.last().payload[8], 1);
  (void)router.sends(parts.second);
  EXPECT_EQ(router.last().payload[8], 1);
  EXPECT_EQ(router.sends(Draft{parts.last}.ttl(1)), "dropped: ttl_expired")
      << "nobody is told about a fragment that is not the first";
}

TEST_F(Fragments, AreExplainedByTheFirst) {
  const InParts parts{udp(outward)};
  EXPECT_EQ(router.explains(parts.first), "public0: 203.0.113.2:40000 > 198.51.100.9:53");
  EXPECT_EQ(router.explains(parts.second), "dropped: fragment_timeout");
}

TEST_F(Fragments, OfADatagramAreNotTooMany) {
  std::size_t passed = 0;
  for (std::size_t at = 0; at < 70 * 8; at += 8) {
    passed += router.sends(udp(outward).length(1000).part(at, at + 8)) != "dropped: fragment_limit";
  }
  EXPECT_EQ(passed, fragment::Table::most_fragments);
}

// --- floods

class FragmentFlood : public Fragments {
 protected:
  static Draft waiting(std::string_view guest, int number) {
    const std::string sentence = std::string{guest} + " > 198.51.100.9:53";
    return InParts{udp(sentence), static_cast<std::uint16_t>(number)}.second;
  }
  std::size_t held() {
    std::size_t all = 0;
    for (const auto& worker : router.workers()) all += worker->fragments.held();
    return all;
  }
};

TEST_F(FragmentFlood, HoldsFewFragmentsOfASource) {
  for (int i = 0; i < 1000; ++i) (void)router.sends(waiting("10.1.1.66:40000", i));
  const std::size_t bound = fragment::Table::most_held * router.workers().count();
  EXPECT_LE(held(), bound);
  EXPECT_EQ(router.drops(Reason::fragment_limit), 1000 - held());
}

TEST_F(FragmentFlood, HoldsFewFragmentsOfADatagram) {
  for (std::size_t at = 8; at < 512; at += 8) {
    (void)router.sends(udp(outward).length(1000).part(at, at + 8));
  }
  EXPECT_LE(held(), fragment::Table::most_held);
}

TEST_F(FragmentFlood, TakesNothingFromOthers) {
  const InParts parts{udp(outward)};
  EXPECT_EQ(router.sends({parts.second, parts.last}), "held");
  for (int i = 0; i < 1000; ++i) (void)router.sends(waiting("10.1.1.66:40000", i));
  (void)router.sends(parts.first);
  EXPECT_EQ(router.left().size(), 3U);
}

TEST_F(FragmentFlood, OfAllSourcesIsBounded) {
  for (int i = 0; i < 20'000; ++i) {
    const std::string guest =
        "10.1.1." + std::to_string(2 + i % 250) + ":" + std::to_string(1000 + i);
    (void)router.sends(waiting(guest, i / 250));
  }
  EXPECT_LE(held(),
            fragment::Table::shares * fragment::Table::most_held * router.workers().count());
}

}  // namespace
}  // namespace viaduct::test
