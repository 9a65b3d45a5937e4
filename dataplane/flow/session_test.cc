#include "dataplane/flow/session.h"

#include <gtest/gtest.h>

#include "tests/world.h"

namespace viaduct::test {
namespace {

constexpr auto outward = "10.1.1.11:40000 > 198.51.100.9:80";
constexpr auto inward = "198.51.100.9:80 > 203.0.113.2:40000";

class TcpSession : public testing::Test {
 protected:
  // What is left of the session after so many seconds without a packet.
  std::string after(double seconds) {
    (void)router.waits(seconds);
    return router.state_of(tcp(outward));
  }
  void shake_hands() {
    (void)router.sends(tcp(outward).flags("S"));
    (void)router.sends(tcp(inward).flags("SA"));
    (void)router.sends(tcp(outward).flags("A"));
  }
  World router;
};

TEST_F(TcpSession, OpensWithASyn) {
  (void)router.sends(tcp(outward).flags("S"));
  EXPECT_EQ(router.state_of(tcp(outward)), "opening");
  (void)router.sends(tcp(inward).flags("SA"));
  EXPECT_EQ(router.state_of(tcp(outward)), "opening");
}

TEST_F(TcpSession, IsEstablishedByTheHandshake) {
  shake_hands();
  EXPECT_EQ(router.state_of(tcp(outward)), "established");
}

TEST_F(TcpSession, ClosesWhenBothSidesHaveFinished) {
  shake_hands();
  (void)router.sends(tcp(outward).flags("FA"));
  EXPECT_EQ(router.state_of(tcp(outward)), "established");
  (void)router.sends(tcp(inward).flags("FA"));
  EXPECT_EQ(router.state_of(tcp(outward)), "closing");
}

TEST_F(TcpSession, ClosesOnAReset) {
  shake_hands();
  (void)router.sends(tcp(inward).flags("R"));
  EXPECT_EQ(router.state_of(tcp(outward)), "closing");
}

TEST_F(TcpSession, IsNotEndedByAResetThatGuesses) {
  shake_hands();
  for (const std::uint32_t guess : {0U, 2'000'000U, 0x80000001U, 0xffffffffU}) {
    EXPECT_EQ(router.sends(tcp(inward).flags("R").sequence(guess)), "dropped: blind_reset");
    EXPECT_EQ(router.sends(tcp(outward).flags("RA").sequence(guess)), "dropped: blind_reset");
  }
  EXPECT_EQ(router.state_of(tcp(outward)), "established");
}

TEST_F(TcpSession, IsEndedByAnyResetUnderACandidateThatChecksNone) {
  shake_hands();
  const Draft guess = tcp(inward).flags("R").sequence(2'000'000);
  router.try_out("/routers/red/networks/guest0", R"({"check_resets": false})",
                 [&](const Snapshot& candidate) {
                   EXPECT_EQ(router.trace_under(candidate, guess).fate, Fate::forwarded);
                 });
  EXPECT_EQ(router.trace(guess).reason, Reason::blind_reset);
}

TEST_F(TcpSession, LeavesAResetThatIsNearlyRightToItsReceiver) {
  shake_hands();
  EXPECT_EQ(router.sends(tcp(inward).flags("R").sequence(1000)),
            "guest0: 198.51.100.9:80 > 10.1.1.11:40000");
  EXPECT_EQ(router.state_of(tcp(outward)), "established");
}

TEST_F(TcpSession, IsEndedByAResetThatFollowsTheData) {
  shake_hands();
  (void)router.sends(tcp(inward).flags("PA").sequence(1));
  (void)router.sends(tcp(outward).flags("A").acknowledges(5001));
  EXPECT_EQ(router.sends(tcp(inward).flags("R").sequence(1)), "dropped: blind_reset");
  (void)router.sends(tcp(inward).flags("R").sequence(5001));
  EXPECT_EQ(router.state_of(tcp(outward)), "closing");
}

TEST_F(TcpSession, IsEndedByARefusalOfItsSynAlone) {
  (void)router.sends(tcp(outward).flags("S").sequence(7000));
  EXPECT_EQ(router.sends(tcp(inward).flags("RA").sequence(0).acknowledges(1)),
            "dropped: blind_reset");
  EXPECT_EQ(router.sends(tcp(inward).flags("R").sequence(7001)), "dropped: blind_reset");
  (void)router.sends(tcp(inward).flags("RA").sequence(0).acknowledges(7001));
  EXPECT_EQ(router.state_of(tcp(outward)), "closing");
}

TEST_F(TcpSession, MayBeGivenUpByItsOpenerBeforeAnAnswer) {
  (void)router.sends(tcp(outward).flags("S").sequence(7000));
  (void)router.sends(tcp(outward).flags("R").sequence(7001));
  EXPECT_EQ(router.state_of(tcp(outward)), "closing");
}

TEST_F(TcpSession, IsEndedByAnyResetIfItsNetworkWantsThat) {
  router.with("networks/guest0", R"({"check_resets": false})");
  shake_hands();
  (void)router.sends(tcp(inward).flags("R").sequence(12345));
  EXPECT_EQ(router.state_of(tcp(outward)), "closing");
}

TEST_F(TcpSession, LivesAsLongAsItsNetworkSays) {
  router.with("networks/guest0",
              R"({"tcp_established_timeout": 600, "tcp_transitory_timeout": 300})");
  (void)router.sends(tcp(outward));
  EXPECT_EQ(after(290), "opening");
  EXPECT_EQ(after(20), "none");
  shake_hands();
  EXPECT_EQ(after(590), "established");
  EXPECT_EQ(after(20), "none");
}

TEST_F(TcpSession, BeginsAgainWithASynFromItsOpener) {
  shake_hands();
  (void)router.sends(tcp(inward).flags("R"));
  (void)router.sends(tcp(outward).flags("S"));
  EXPECT_EQ(router.state_of(tcp(outward)), "opening");
}

TEST_F(TcpSession, LivesTwoHoursAndFourMinutesWithoutAPacket) {
  shake_hands();
  EXPECT_EQ(after(7430), "established");
  EXPECT_EQ(after(20), "none");
}

TEST_F(TcpSession, LivesFourMinutesWhileItOpens) {
  (void)router.sends(tcp(outward));
  EXPECT_EQ(after(230), "opening");
  EXPECT_EQ(after(20), "none");
}

TEST_F(TcpSession, LivesFourMinutesAfterItsEnd) {
  shake_hands();
  (void)router.sends(tcp(outward).flags("RA"));
  EXPECT_EQ(after(230), "closing");
  EXPECT_EQ(after(20), "none");
}

TEST_F(TcpSession, LivesOnWithEveryPacketOfEitherSide) {
  (void)router.sends(tcp(outward));
  EXPECT_EQ(after(200), "opening");
  (void)router.sends(tcp(inward).flags("SA"));
  EXPECT_EQ(after(200), "opening");
}

TEST_F(TcpSession, IsNoSessionWithoutASyn) {
  for (const char* flags : {"A", "SA", "R", "F", "PA", ""}) {
    EXPECT_EQ(router.sends(tcp(outward).flags(flags)), "dropped: no_session") << flags;
  }
  EXPECT_EQ(router.sessions(), 0U);
}

TEST(UdpSession, LivesFiveMinutesWithoutAPacket) {
  World router;
  const Draft query = udp("10.1.1.11:40000 > 198.51.100.9:53");
  (void)router.sends(query);
  EXPECT_EQ(router.state_of(query), "opening");
  (void)router.sends(udp("198.51.100.9:53 > 203.0.113.2:40000"));
  EXPECT_EQ(router.state_of(query), "open");
  (void)router.waits(290);
  EXPECT_EQ(router.state_of(query), "open");
  (void)router.waits(20);
  EXPECT_EQ(router.state_of(query), "none");
}

TEST(UdpSession, LivesAsLongAsTheNetworkOfItsGuestSays) {
  World router;
  router.with("networks/guest0", R"({"udp_timeout": 20})");
  router.with("port_forwards/dns",
              R"({"public": "203.0.113.11:53", "protocol": "udp", "private": "10.1.1.11:53"})");
  router.with("firewall_rules/dns",
              R"({"destination": "203.0.113.11", "protocol": "udp", "ports": "53"})");
  const Draft query = udp("198.51.100.9:1000 > 203.0.113.11:53");
  (void)router.sends(query);
  (void)router.waits(15);
  EXPECT_EQ(router.state_of(query), "opening");
  (void)router.waits(15);
  EXPECT_EQ(router.state_of(query), "none");
}

TEST(IcmpSession, LivesAMinuteWithoutAPacket) {
  World router;
  const Draft query = ping("10.1.1.11 > 198.51.100.9");
  (void)router.sends(query);
  (void)router.waits(55);
  EXPECT_EQ(router.state_of(query), "opening");
  (void)router.waits(10);
  EXPECT_EQ(router.state_of(query), "none");
}

TEST(IcmpSession, LetsOnlyItsOpenerAsk) {
  World router;
  (void)router.sends(ping("10.1.1.11 > 198.51.100.9"));
  EXPECT_EQ(router.sends(ping("198.51.100.9 > 203.0.113.2")), "dropped: denied_inbound");
}

TEST(IcmpSession, LetsNoOtherTypeThroughThanItsOwn) {
  World router;
  router.with("static_nats/db", R"({"public": "203.0.113.12", "private": "10.1.1.12"})");
  router.with("firewall_rules/ping",
              R"({"destination": "203.0.113.12", "protocol": "icmp", "icmp_type": 8})");
  EXPECT_EQ(router.sends(ping("198.51.100.9 > 203.0.113.12", 0)),
            "guest0: 198.51.100.9 > 10.1.1.12 echo 0");
  constexpr std::uint8_t timestamp = 13;
  constexpr std::uint8_t redirect = 5;
  constexpr std::uint8_t router_solicitation = 10;
  for (const std::uint8_t type : {timestamp, redirect, router_solicitation}) {
    EXPECT_EQ(router.sends(icmp("198.51.100.9 > 203.0.113.12", type, 0).id(0)),
              "dropped: denied_inbound")
        << int{type};
  }
}

TEST(IcmpSession, KeepsToEgressRulesOfItsType) {
  World router;
  router.with("egress_rules/no-timestamps",
              R"({"interface": "guest0", "protocol": "icmp", "icmp_type": 13})");
  EXPECT_EQ(router.sends(ping("10.1.1.11 > 198.51.100.9")),
            "public0: 203.0.113.2 > 198.51.100.9 echo 7");
  EXPECT_EQ(router.sends(icmp("10.1.1.11 > 198.51.100.9", 13, 0).id(7)), "dropped: denied_egress");
}

TEST(TcpOpening, LetsNobodyOpenFromBehindOnceItIsUsed) {
  World router;
  const std::string_view out = "10.1.1.11:41000 > 198.51.100.9:7777";
  const std::string_view back = "198.51.100.9:7777 > 203.0.113.2:41000";
  (void)router.sends(tcp(out));
  (void)router.sends(tcp(back).flags("RA"));
  EXPECT_EQ(router.sends(tcp(back)), "dropped: no_session");
}

TEST(TcpOpening, MayBeOpenedByBothSidesAtOnce) {
  World router;
  (void)router.sends(tcp("10.1.1.11:41000 > 198.51.100.9:7777"));
  EXPECT_EQ(router.sends(tcp("198.51.100.9:7777 > 203.0.113.2:41000")),
            "guest0: 198.51.100.9:7777 > 10.1.1.11:41000");
}

TEST(OtherSession, LivesFiveMinutesWithoutAPacket) {
  World router;
  const Draft packet = other(47, "10.1.1.11 > 198.51.100.9");
  (void)router.sends(packet);
  (void)router.waits(290);
  EXPECT_EQ(router.state_of(packet), "opening");
  (void)router.waits(20);
  EXPECT_EQ(router.state_of(packet), "none");
}

TEST(Line, SaysHowItsPacketsLeave) {
  const Tuple in{Protocol::udp, endpoint("10.1.1.11:1000"), endpoint("198.51.100.9:53")};
  const Tuple out{Protocol::udp, endpoint("203.0.113.2:2000"), endpoint("198.51.100.9:53")};
  flow::Line line{.key = flow::Key::of(in, 1)};
  line.translate_to(out, 1);
  EXPECT_EQ(line.leaves_as(), out);
  EXPECT_TRUE(line.has(flow::ages));
  line.translate_to(in, 0);
  EXPECT_EQ(line.leaves_as(), in);
  EXPECT_FALSE(line.has(flow::ages));
}

}  // namespace
}  // namespace viaduct::test
