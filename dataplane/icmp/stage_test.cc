#include <gtest/gtest.h>

#include "tests/world.h"

namespace viaduct::test {
namespace {

class IcmpError : public testing::Test {
 protected:
  World router;
};

TEST_F(IcmpError, ReachesTheGuestInItsOwnWords) {
  (void)router.sends(tcp("10.1.1.11:40000 > 198.51.100.9:80"));
  EXPECT_EQ(router.sends(icmp("198.51.100.1 > 203.0.113.2", 3, 4)
                             .about(tcp("203.0.113.2:40000 > 198.51.100.9:80"))),
            "guest0: 198.51.100.1 > 10.1.1.11 too big for 0 about "
            "10.1.1.11:40000 > 198.51.100.9:80");
}

TEST_F(IcmpError, IsTranslatedForUdp) {
  (void)router.sends(udp("10.1.1.12:40000 > 198.51.100.9:53"));
  (void)router.sends(udp("10.1.1.11:123 > 198.51.100.9:53"));
  const auto ports = router.last().payload.subspan(20, 2);
  const std::string mapped = std::to_string(ports[0] << 8 | ports[1]);
  EXPECT_EQ(router.sends(icmp("198.51.100.9 > 203.0.113.2", 3, 3)
                             .about(udp("203.0.113.2:" + mapped + " > 198.51.100.9:53"))),
            "guest0: 198.51.100.9 > 10.1.1.11 unreachable/3 about "
            "10.1.1.11:123 > 198.51.100.9:53");
}

TEST_F(IcmpError, LeavesAQuotedUdpPacketWithoutAChecksumWithoutOne) {
  (void)router.sends(udp("10.1.1.11:40000 > 198.51.100.9:53"));
  EXPECT_EQ(router.sends(icmp("198.51.100.9 > 203.0.113.2", 3, 3)
                             .about(udp("203.0.113.2:40000 > 198.51.100.9:53").without_checksum())),
            "guest0: 198.51.100.9 > 10.1.1.11 unreachable/3 about "
            "10.1.1.11:40000 > 198.51.100.9:53");
}

TEST_F(IcmpError, IsTranslatedForPings) {
  (void)router.sends(ping("10.1.1.12 > 198.51.100.9", 7));
  (void)router.sends(ping("10.1.1.11 > 198.51.100.9", 7));
  const auto identifier =
      static_cast<std::uint16_t>(router.last().payload[24] << 8 | router.last().payload[25]);
  EXPECT_EQ(router.sends(icmp("198.51.100.1 > 203.0.113.2", 11, 0)
                             .about(ping("203.0.113.2 > 198.51.100.9", identifier))),
            "guest0: 198.51.100.1 > 10.1.1.11 time exceeded about 10.1.1.11 > 198.51.100.9 echo 7");
}

TEST_F(IcmpError, IsTranslatedForAQuoteOfEightBytes) {
  (void)router.sends(tcp("10.1.1.11:40000 > 198.51.100.9:80"));
  EXPECT_EQ(router.sends(icmp("198.51.100.1 > 203.0.113.2", 11, 0)
                             .about(tcp("203.0.113.2:40000 > 198.51.100.9:80"), 28)),
            "guest0: 198.51.100.1 > 10.1.1.11 time exceeded about "
            "10.1.1.11:40000 > 198.51.100.9:80");
}

TEST_F(IcmpError, IsTranslatedForWhatHasNoPorts) {
  (void)router.sends(other(47, "10.1.1.11 > 198.51.100.9"));
  EXPECT_EQ(
      router.sends(
          icmp("198.51.100.9 > 203.0.113.2", 3, 2).about(other(47, "203.0.113.2 > 198.51.100.9"))),
      "guest0: 198.51.100.9 > 10.1.1.11 unreachable/2 about 10.1.1.11 > 198.51.100.9");
}

TEST_F(IcmpError, OfAGuestHidesTheGuest) {
  router.with("port_forwards/web",
              R"({"protocol":"udp","public":"203.0.113.2:8080","private":"10.1.1.20:80"})");
  router.with("firewall_rules/web", R"({"destination":"203.0.113.2"})");
  (void)router.sends(udp("198.51.100.9:5000 > 203.0.113.2:8080"));
  EXPECT_EQ(
      router.sends(
          icmp("10.1.1.20 > 198.51.100.9", 3, 3).about(udp("198.51.100.9:5000 > 10.1.1.20:80"))),
      "public0: 203.0.113.2 > 198.51.100.9 unreachable/3 about "
      "198.51.100.9:5000 > 203.0.113.2:8080");
}

TEST_F(IcmpError, ReachesTheRoutersHost) {
  (void)router.sends(udp("203.0.113.2:61440 > 198.51.100.9:53").from_host("public0"));
  EXPECT_EQ(router.sends(icmp("198.51.100.9 > 203.0.113.2", 3, 3)
                             .about(udp("203.0.113.2:61440 > 198.51.100.9:53"))),
            "host public0: 198.51.100.9 > 203.0.113.2 unreachable/3 about "
            "203.0.113.2:61440 > 198.51.100.9:53");
}

TEST_F(IcmpError, EndsHereWhenItIsAboutNothingThatLives) {
  EXPECT_EQ(router.sends(icmp("198.51.100.1 > 203.0.113.2", 3, 4)
                             .about(tcp("203.0.113.2:40000 > 198.51.100.9:80"))),
            "dropped: no_session");
}

TEST_F(IcmpError, EndsHereWhenItIsDamaged) {
  (void)router.sends(tcp("10.1.1.11:40000 > 198.51.100.9:80"));
  const Draft sound =
      icmp("198.51.100.1 > 203.0.113.2", 3, 4).about(tcp("203.0.113.2:40000 > 198.51.100.9:80"));
  EXPECT_EQ(router.sends(Draft{sound}.spoil(22, 1)), "dropped: bad_l4_checksum");
  EXPECT_EQ(router.sends(Draft{sound}.ttl(1)), "dropped: ttl_expired");
  EXPECT_EQ(router.sends(icmp("198.51.100.1 > 203.0.113.2", 3, 4)
                             .about(tcp("203.0.113.2:40000 > 198.51.100.9:80"), 27)),
            "dropped: bad_l4_header");
  EXPECT_EQ(router.sends(icmp("198.51.100.1 > 203.0.113.2", 3, 4)
                             .about(tcp("203.0.113.2:40000 > 198.51.100.9:80").byte(0, 0x4f))),
            "dropped: bad_l4_header");
}

TEST_F(IcmpError, EndsHereWhenWhatItQuotesHasABrokenHeader) {
  (void)router.sends(tcp("10.1.1.11:40000 > 198.51.100.9:80"));
  EXPECT_EQ(router.sends(icmp("198.51.100.1 > 203.0.113.2", 3, 1)
                             .about(tcp("203.0.113.2:40000 > 198.51.100.9:80"))
                             .quoted_byte(8, 7)),
            "dropped: bad_l4_header");
}

TEST_F(IcmpError, MayNotCrossFromOneGuestNetworkIntoAnothersSession) {
  (void)router.sends(tcp("10.1.1.11:40000 > 198.51.100.9:80"));
  EXPECT_EQ(
      router.sends(
          icmp("10.1.2.66 > 203.0.113.2", 3, 4).about(tcp("203.0.113.2:40000 > 198.51.100.9:80"))),
      "dropped: spoofed_source");
}

// A session that may have lost what it relied on waits for its next packet to be judged.
TEST_F(IcmpError, IsExplainedUnderACandidateAsItIsMetAfterwards) {
  router
      .with("port_forwards/web",
            R"({"protocol":"tcp","public":"203.0.113.2:80","private":"10.1.1.20:80"})")
      .with("firewall_rules/web", R"({"destination":"203.0.113.2","protocol":"tcp"})");
  const Draft packet = tcp("198.51.100.9:5000 > 203.0.113.2:80");
  const Draft error =
      icmp("10.1.1.20 > 198.51.100.9", 3, 3).about(tcp("198.51.100.9:5000 > 10.1.1.20:80"));
  struct Change {
    const char* resource;
    const char* body;
    bool may_take_something;
  };
  for (const auto& [resource, body, may_take_something] : std::initializer_list<Change>{
           {"firewall_rules/more", R"({"destination":"203.0.113.3"})", false},
           {"firewall_rules/web", R"({"destination":"203.0.113.2"})", true},
           {"port_forwards/web/on_remove", R"("drain")", true},
           {"routes/lab", R"({"prefix":"192.0.2.0/24","via":"172.16.0.1"})", true}}) {
    (void)router.sends(packet);
    const std::string pointer = std::string{"/routers/red/"} + resource;
    bool is_foretold = false;
    router.try_out(pointer, body, [&](const Snapshot& candidate) {
      is_foretold = router.trace_under(candidate, error).reason == Reason::no_session;
    });
    EXPECT_TRUE(router.sends(error).starts_with("public0: 203.0.113.2 > ")) << resource;
    router.with(resource, body);
    const std::string told = router.sends(error);
    EXPECT_EQ(told == "dropped: no_session", may_take_something) << resource;
    EXPECT_EQ(is_foretold, may_take_something) << resource;
  }
}

TEST_F(IcmpError, IsNotLargerThanTheWayBack) {
  router.with("interfaces/guest0/mtu", "1000");
  (void)router.sends(udp("10.1.1.11:40000 > 198.51.100.9:80"));
  EXPECT_EQ(router.sends(icmp("198.51.100.1 > 203.0.113.2", 3, 4)
                             .about(udp("203.0.113.2:40000 > 198.51.100.9:80").length(1200))),
            "dropped: too_big");
}

class Echo : public IcmpError {};

TEST_F(Echo, AnswersGuests) {
  EXPECT_EQ(router.sends(ping("10.1.1.11 > 10.1.1.1").length(100)),
            "guest0: 10.1.1.1 > 10.1.1.11 reply 7");
  EXPECT_EQ(router.last().payload.size(), 100U);
  EXPECT_EQ(router.sends(ping("10.1.1.11 > 10.1.2.1")), "guest0: 10.1.2.1 > 10.1.1.11 reply 7");
}

TEST_F(Echo, AnswersAQuestionOfNothingButZerosWithARightChecksum) {
  EXPECT_EQ(router.sends(ping("10.1.1.11 > 10.1.1.1", 0)
                             .length(28)
                             .byte(22, 0xf7)
                             .byte(23, 0xff)
                             .byte(26, 0)
                             .byte(27, 0)),
            "guest0: 10.1.1.1 > 10.1.1.11 reply 0");
}

TEST_F(Echo, AnswersWithTheLastHopsToLive) {
  EXPECT_EQ(router.sends(ping("10.1.1.11 > 10.1.1.1").ttl(1)),
            "guest0: 10.1.1.1 > 10.1.1.11 reply 7");
  EXPECT_EQ(router.last().payload[8], 64);
}

TEST_F(Echo, AnswersTheOutsideWhereAFirewallRuleSaysSo) {
  router.with("firewall_rules/ping",
              R"({"destination":"203.0.113.2","protocol":"icmp","icmp_type":8})");
  EXPECT_EQ(router.sends(ping("198.51.100.9 > 203.0.113.2")),
            "public0: 203.0.113.2 > 198.51.100.9 reply 7");
}

TEST_F(Echo, AnswersNobodyWhoAsksAll) {
  EXPECT_EQ(router.sends(ping("10.1.1.11 > 10.1.1.255")), "dropped: no_service");
  EXPECT_EQ(router.sends(ping("10.1.1.11 > 255.255.255.255")), "dropped: no_service");
  EXPECT_EQ(router.sends(ping("10.1.1.11 > 224.0.0.1")), "dropped: no_service");
}

TEST_F(Echo, AnswersNoAnswers) {
  EXPECT_EQ(router.sends(pong("10.1.1.11 > 10.1.1.1")), "dropped: no_service");
}

TEST_F(Echo, IsLimitedInRate) {
  std::size_t answered = 0;
  for (int i = 0; i < 20'010; ++i) {
    answered += router.sends(ping("10.1.1.11 > 10.1.1.1")) != "dropped: icmp_limit";
  }
  EXPECT_EQ(answered, 20'000U);
}

TEST(IcmpForetold, APingHasNoWayBack) {
  World router;
  router.with("firewall_rules/ping", R"({"destination":"172.16.0.2","protocol":"icmp"})");
  const auto packet = ping("198.51.100.9 > 172.16.0.2").from("gateway0");
  EXPECT_EQ(router.explains(packet), "dropped: no_route");
  EXPECT_EQ(router.sends(packet), "dropped: no_route");
}

TEST(IcmpForetold, AnErrorHasAnotherSource) {
  World router;
  (void)router.sends(udp("10.1.1.11:1024 > 198.51.100.9:53"));
  const auto error =
      icmp("10.1.1.11 > 198.51.100.9", 3, 3).about(udp("198.51.100.9:53 > 10.1.1.11:1024"));
  EXPECT_EQ(router.sends(error).substr(0, 35), "public0: 203.0.113.2 > 198.51.100.9");
  EXPECT_EQ(router.explains(error).substr(0, 35), "public0: 203.0.113.2 > 198.51.100.9");
}

TEST(IcmpForetold, NoErrorGoesToAnAddressThatHasBecomeTheRoutersOwn) {
  World router;
  (void)router.sends(udp("10.1.1.11:40000 > 203.0.113.9:53"));
  const auto error =
      icmp("10.1.1.11 > 203.0.113.9", 3, 3).about(udp("203.0.113.9:53 > 10.1.1.11:40000"));
  EXPECT_EQ(router.sends(error).substr(0, 8), "public0:");
  router.with("port_forwards/web",
              R"({"protocol":"tcp","public":"203.0.113.9:80","private":"10.1.1.12:80"})");
  EXPECT_EQ(router.explains(error), "dropped: no_session");
  EXPECT_EQ(router.sends(error), "dropped: no_session");
}

TEST(IcmpForetold, TheHostGetsAnError) {
  World router;
  (void)router.sends(udp("203.0.113.2:61440 > 198.51.100.9:53").from_host("public0"));
  const auto error =
      icmp("198.51.100.9 > 203.0.113.2", 3, 3).about(udp("203.0.113.2:61440 > 198.51.100.9:53"));
  EXPECT_EQ(router.sends(error).substr(0, 12), "host public0");
  EXPECT_EQ(router.explains(error), "delivered");
}

TEST(IcmpForetold, NoErrorIsSentToTheRouterItself) {
  World router;
  router.with("interfaces/east", R"({"role": "transit", "port": "wan", "vlan": 20,
                                     "addresses": ["172.20.0.1/24"]})");
  router.silence_neighbours();
  EXPECT_EQ(router.sends(udp("172.20.0.1:1 > 172.20.0.9:2").from("east").ttl(1)),
            "dropped: ttl_expired");
}

TEST(IcmpForetold, AQuotedAnswerOfZerosKeepsItsChecksum) {
  World router;
  router.with("static_nats/db", R"({"public":"203.0.113.12","private":"10.1.1.12"})");
  router.with("firewall_rules/db", R"({"destination":"203.0.113.12"})");
  (void)router.sends(ping("198.51.100.9 > 203.0.113.12", 0));
  EXPECT_EQ(
      router
          .sends(icmp("10.1.1.12 > 198.51.100.9", 3, 1).about(pong("198.51.100.9 > 10.1.1.12", 0)))
          .find("bad"),
      std::string::npos);
  (void)router.sends(ping("10.1.1.12 > 198.51.100.9", 0));
  EXPECT_EQ(
      router
          .sends(icmp("10.1.1.12 > 198.51.100.9", 3, 1).about(pong("198.51.100.9 > 10.1.1.12", 0)))
          .find("bad"),
      std::string::npos);
}

}  // namespace
}  // namespace viaduct::test
