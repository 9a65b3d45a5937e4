#include <gtest/gtest.h>

#include "tests/world.h"

namespace viaduct::test {
namespace {

class SourceNat : public testing::Test {
 protected:
  World router;
};

TEST_F(SourceNat, KeepsTheGuestsPort) {
  EXPECT_EQ(router.sends(tcp("10.1.1.11:40000 > 198.51.100.9:80")),
            "public0: 203.0.113.2:40000 > 198.51.100.9:80");
}

TEST_F(SourceNat, BringsTheAnswerBack) {
  (void)router.sends(tcp("10.1.1.11:40000 > 198.51.100.9:80"));
  EXPECT_EQ(router.sends(tcp("198.51.100.9:80 > 203.0.113.2:40000").flags("SA")),
            "guest0: 198.51.100.9:80 > 10.1.1.11:40000");
}

TEST_F(SourceNat, TranslatesUdp) {
  EXPECT_EQ(router.sends(udp("10.1.1.11:40000 > 198.51.100.9:53")),
            "public0: 203.0.113.2:40000 > 198.51.100.9:53");
  EXPECT_EQ(router.sends(udp("198.51.100.9:53 > 203.0.113.2:40000")),
            "guest0: 198.51.100.9:53 > 10.1.1.11:40000");
}

TEST_F(SourceNat, LeavesAUdpPacketWithoutAChecksumWithoutOne) {
  ASSERT_EQ(router.sends(udp("10.1.1.11:40000 > 198.51.100.9:53").without_checksum()),
            "public0: 203.0.113.2:40000 > 198.51.100.9:53");
  EXPECT_EQ(router.last().payload[26], 0);
  EXPECT_EQ(router.last().payload[27], 0);
}

TEST_F(SourceNat, TranslatesPings) {
  EXPECT_EQ(router.sends(ping("10.1.1.11 > 198.51.100.9", 7)),
            "public0: 203.0.113.2 > 198.51.100.9 echo 7");
  EXPECT_EQ(router.sends(pong("198.51.100.9 > 203.0.113.2", 7)),
            "guest0: 198.51.100.9 > 10.1.1.11 reply 7");
}

TEST_F(SourceNat, GivesTheSecondPingOfOneIdentifierAnother) {
  (void)router.sends(ping("10.1.1.11 > 198.51.100.9", 7));
  ASSERT_NE(router.sends(ping("10.1.1.12 > 198.51.100.9", 7)),
            "public0: 203.0.113.2 > 198.51.100.9 echo 7");
  const auto identifier =
      static_cast<std::uint16_t>(router.last().payload[24] << 8 | router.last().payload[25]);
  EXPECT_EQ(router.sends(pong("198.51.100.9 > 203.0.113.2", identifier)),
            "guest0: 198.51.100.9 > 10.1.1.12 reply 7");
}

TEST_F(SourceNat, TranslatesTheAddressOfWhatHasNoPorts) {
  EXPECT_EQ(router.sends(other(47, "10.1.1.11 > 198.51.100.9")),
            "public0: 203.0.113.2 > 198.51.100.9");
  EXPECT_EQ(router.sends(other(47, "198.51.100.9 > 203.0.113.2")),
            "guest0: 198.51.100.9 > 10.1.1.11");
}

TEST_F(SourceNat, RefusesASecondGuestTheSamePeerWithoutPorts) {
  (void)router.sends(other(47, "10.1.1.11 > 198.51.100.9"));
  EXPECT_EQ(router.sends(other(47, "10.1.1.12 > 198.51.100.9")), "dropped: no_public_port");
}

TEST_F(SourceNat, MapsAGuestEndpointToOnePublicEndpointWhomeverItTalksTo) {
  (void)router.sends(udp("10.1.1.12:5000 > 198.51.100.9:53"));
  ASSERT_NE(router.sends(udp("10.1.1.11:5000 > 198.51.100.9:53")), "nothing");
  const std::string first = test::describe(router.last());
  (void)router.sends(udp("10.1.1.11:5000 > 198.51.100.10:99"));
  const std::string second = test::describe(router.last());
  EXPECT_EQ(first.substr(0, first.find(" > ")), second.substr(0, second.find(" > ")));
  EXPECT_EQ(router.mappings(), 2U);
}

TEST_F(SourceNat, ChoosesAnotherPortWhenTheGuestsIsTaken) {
  ASSERT_EQ(router.sends(tcp("10.1.1.11:40000 > 198.51.100.9:80")),
            "public0: 203.0.113.2:40000 > 198.51.100.9:80");
  const std::string other = router.sends(tcp("10.1.1.12:40000 > 198.51.100.9:80"));
  EXPECT_EQ(other.rfind("public0: 203.0.113.2:", 0), 0U);
  EXPECT_NE(other, "public0: 203.0.113.2:40000 > 198.51.100.9:80");
}

TEST_F(SourceNat, GivesNoWellKnownPortAway) {
  (void)router.sends(udp("10.1.1.11:123 > 198.51.100.9:123"));
  const auto source = router.last().payload.subspan(20, 2);
  EXPECT_GE(source[0] << 8 | source[1], 1024);
}

TEST_F(SourceNat, LeavesForwardedPortsToTheirForwards) {
  router.with("port_forwards/game",
              R"({"protocol":"udp","public":"203.0.113.2:5000","private":"10.1.1.20:5000"})");
  EXPECT_NE(router.sends(udp("10.1.1.11:5000 > 198.51.100.9:53")),
            "public0: 203.0.113.2:5000 > 198.51.100.9:53");
}

TEST_F(SourceNat, LeavesTheHostsPortsToTheHost) {
  EXPECT_NE(router.sends(udp("10.1.1.11:61440 > 198.51.100.9:53")),
            "public0: 203.0.113.2:61440 > 198.51.100.9:53");
}

TEST_F(SourceNat, FreesThePortWithItsLastSession) {
  (void)router.sends(udp("10.1.1.11:40000 > 198.51.100.9:53"));
  (void)router.waits(200);
  (void)router.sends(udp("10.1.1.11:40000 > 198.51.100.10:53"));
  (void)router.waits(200);
  EXPECT_EQ(router.mappings(), 1U);
  (void)router.waits(200);
  EXPECT_EQ(router.mappings(), 0U);
  EXPECT_EQ(router.sends(udp("10.1.1.12:40000 > 198.51.100.9:53")),
            "public0: 203.0.113.2:40000 > 198.51.100.9:53");
}

TEST_F(SourceNat, ChoosesTheRuleOfTheLongestPrefix) {
  router.with("source_nats/one", R"({"sources":["10.1.1.11/32"],"addresses":["203.0.113.3"]})");
  EXPECT_EQ(router.sends(tcp("10.1.1.11:40000 > 198.51.100.9:80")),
            "public0: 203.0.113.3:40000 > 198.51.100.9:80");
  EXPECT_EQ(router.sends(tcp("10.1.1.12:40000 > 198.51.100.9:80")),
            "public0: 203.0.113.2:40000 > 198.51.100.9:80");
  EXPECT_EQ(router.hits("source_nats/one"), 1U);
}

TEST_F(SourceNat, LeavesPrivateGatewaysUntranslated) {
  EXPECT_EQ(router.sends(tcp("10.1.1.11:40000 > 172.16.0.9:80")),
            "gateway0: 10.1.1.11:40000 > 172.16.0.9:80");
}

TEST_F(SourceNat, LeavesOtherGuestNetworksUntranslated) {
  EXPECT_EQ(router.sends(tcp("10.1.1.11:40000 > 10.1.2.9:80")),
            "guest1: 10.1.1.11:40000 > 10.1.2.9:80");
}

TEST_F(SourceNat, TranslatesNothingWithoutARule) {
  router.without("source_nats/default");
  EXPECT_EQ(router.sends(tcp("10.1.1.11:40000 > 198.51.100.9:80")),
            "public0: 10.1.1.11:40000 > 198.51.100.9:80");
}

TEST(SourceNatPool, DropsWhenEveryPortIsTaken) {
  World router{70'000};
  router.with("networks/guest0", R"({"ports_per_guest": 65536, "sessions_per_guest": 70000})");
  std::size_t refused = 0;
  // ICMP has 65535 identifiers at each public address.
  for (unsigned n = 0; n < 65'536; ++n) {
    const std::string guest = "10.1.1." + std::to_string(2 + n / 40'000);
    const auto identifier = static_cast<std::uint16_t>(1 + n % 40'000);
    const std::string told = router.sends(ping(guest + " > 198.51.100.9", identifier));
    refused += told.ends_with("unreachable/13 about " + guest + " > 198.51.100.9 echo " +
                              std::to_string(identifier) + "; dropped: no_public_port");
  }
  EXPECT_EQ(refused, 1U);
  EXPECT_EQ(router.mappings(), 65'535U);
}

// --- hairpin

class Hairpin : public SourceNat {
 protected:
  Hairpin() {
    router.with("port_forwards/web",
                R"({"protocol":"tcp","public":"203.0.113.2:8080","private":"10.1.1.20:80"})");
    router.with("firewall_rules/web",
                R"({"destination":"203.0.113.2","protocol":"tcp","ports":"8080"})");
  }
};

TEST_F(Hairpin, ShowsTheRouterAsTheSourceInTheGuestsOwnNetwork) {
  EXPECT_EQ(router.sends(tcp("10.1.1.11:40000 > 203.0.113.2:8080")),
            "guest0: 10.1.1.1:40000 > 10.1.1.20:80");
  EXPECT_EQ(router.sends(tcp("10.1.1.20:80 > 10.1.1.1:40000").flags("SA")),
            "guest0: 203.0.113.2:8080 > 10.1.1.11:40000");
}

TEST_F(Hairpin, LeavesTheSourceOfAnotherGuestNetwork) {
  router.with("egress_rules/web", R"({"interface":"guest1","protocol":"tcp","ports":"80"})");
  EXPECT_EQ(router.sends(tcp("10.1.2.11:40000 > 203.0.113.2:8080")),
            "guest0: 10.1.2.11:40000 > 10.1.1.20:80");
  EXPECT_EQ(router.sends(tcp("10.1.1.20:80 > 10.1.2.11:40000").flags("SA")),
            "guest1: 203.0.113.2:8080 > 10.1.2.11:40000");
}

TEST_F(Hairpin, NeedsAFirewallRuleLikeTheOutside) {
  router.without("firewall_rules/web");
  EXPECT_EQ(router.sends(tcp("10.1.1.11:40000 > 203.0.113.2:8080")), "dropped: denied_inbound");
}

TEST_F(Hairpin, LeavesThePortsOfTheRoutersServicesAlone) {
  EXPECT_NE(router.sends(tcp("10.1.1.11:8080 > 203.0.113.2:8080")),
            "guest0: 10.1.1.1:8080 > 10.1.1.20:80");
}

TEST_F(Hairpin, GivesThePortBackWhenTheForwardMovesElsewhere) {
  router.with("port_forwards/game",
              R"({"protocol":"udp","public":"203.0.113.2:5000","private":"10.1.1.20:5000"})");
  router.with("firewall_rules/game",
              R"({"destination":"203.0.113.2","protocol":"udp","ports":"5000"})");
  ASSERT_EQ(router.sends(udp("10.1.1.11:40000 > 203.0.113.2:5000")),
            "guest0: 10.1.1.1:40000 > 10.1.1.20:5000");
  router.with("port_forwards/game",
              R"({"protocol":"udp","public":"203.0.113.2:5000","private":"10.1.1.21:5000"})");
  EXPECT_EQ(router.sends(udp("10.1.1.11:40000 > 203.0.113.2:5000")), "dropped: session_revoked");
  EXPECT_EQ(router.sends(udp("10.1.1.11:40000 > 203.0.113.2:5000")),
            "guest0: 10.1.1.1:40000 > 10.1.1.21:5000");
  EXPECT_NE(router.sends(udp("10.1.1.12:40000 > 203.0.113.2:5000")),
            "guest0: 10.1.1.1:40000 > 10.1.1.21:5000");
  EXPECT_EQ(router.mappings(), 2U);
}

TEST(SourceNatAgain, KnowsThePortsOfAnAddressThatComesBack) {
  World router;
  router.with("source_nats/default", R"({"addresses":["203.0.113.3"],"on_remove":"drain"})");
  EXPECT_EQ(router.sends(udp("10.1.1.11:1024 > 198.51.100.9:53")),
            "public0: 203.0.113.3:1024 > 198.51.100.9:53");
  router.with("source_nats/default", R"({"addresses":["203.0.113.4"],"on_remove":"drain"})");
  EXPECT_EQ(router.sends(udp("10.1.1.11:1024 > 198.51.100.9:53")),
            "public0: 203.0.113.3:1024 > 198.51.100.9:53");
  router.with("source_nats/default", R"({"addresses":["203.0.113.3"],"on_remove":"drain"})");
  EXPECT_EQ(router.sends(udp("10.1.1.11:1024 > 198.51.100.9:53")),
            "public0: 203.0.113.3:1024 > 198.51.100.9:53");
  // Whose is 203.0.113.3:1024?
  EXPECT_NE(router.sends(udp("10.1.1.12:1024 > 198.51.100.10:53")),
            "public0: 203.0.113.3:1024 > 198.51.100.10:53");
}

}  // namespace
}  // namespace viaduct::test
