#include <gtest/gtest.h>

#include "tests/world.h"

namespace viaduct::test {
namespace {

class Firewall : public testing::Test {
 protected:
  World router;
};

TEST_F(Firewall, RefusesTheOutsideEverythingByDefault) {
  EXPECT_EQ(router.sends(tcp("198.51.100.9:5000 > 203.0.113.2:22")), "dropped: denied_inbound");
  EXPECT_EQ(router.sends(ping("198.51.100.9 > 203.0.113.2")), "dropped: denied_inbound");
  EXPECT_EQ(router.sends(other(47, "198.51.100.9 > 203.0.113.2")), "dropped: denied_inbound");
  EXPECT_EQ(router.sends(tcp("198.51.100.9:5000 > 10.1.1.11:22")), "dropped: denied_inbound");
}

TEST_F(Firewall, RefusesPrivateGatewaysLikewise) {
  EXPECT_EQ(router.sends(tcp("172.16.0.9:5000 > 10.1.1.11:22")), "dropped: denied_inbound");
  router.with("firewall_rules/peer", R"({"destination":"10.1.1.0/24","protocol":"tcp"})");
  EXPECT_EQ(router.sends(tcp("172.16.0.9:5000 > 10.1.1.11:22")),
            "guest0: 172.16.0.9:5000 > 10.1.1.11:22");
  EXPECT_EQ(router.sends(tcp("10.1.1.11:22 > 172.16.0.9:5000").flags("SA")),
            "gateway0: 10.1.1.11:22 > 172.16.0.9:5000");
}

TEST_F(Firewall, JudgesTheEndpointThatTheSenderWrote) {
  router.with("port_forwards/web",
              R"({"protocol":"tcp","public":"203.0.113.2:8080","private":"10.1.1.20:80"})");
  router.with("firewall_rules/web",
              R"({"destination":"203.0.113.2","protocol":"tcp","ports":"80"})");
  EXPECT_EQ(router.sends(tcp("198.51.100.9:5000 > 203.0.113.2:8080")), "dropped: denied_inbound");
  router.with("firewall_rules/web",
              R"({"destination":"203.0.113.2","protocol":"tcp","ports":"8080"})");
  EXPECT_EQ(router.sends(tcp("198.51.100.9:5000 > 203.0.113.2:8080")),
            "guest0: 198.51.100.9:5000 > 10.1.1.20:80");
  EXPECT_EQ(router.hits("firewall_rules/web"), 1U);
}

TEST_F(Firewall, LetsListedSourcesInOnly) {
  router.with("firewall_rules/ping", R"({"destination":"203.0.113.2","protocol":"icmp",
                                         "icmp_type":8,"sources":["198.51.100.0/28"]})");
  EXPECT_EQ(router.sends(ping("198.51.100.9 > 203.0.113.2")),
            "public0: 203.0.113.2 > 198.51.100.9 reply 7");
  EXPECT_EQ(router.sends(ping("198.51.100.99 > 203.0.113.2")), "dropped: denied_inbound");
}

TEST_F(Firewall, JudgesWhatGuestsSendToPublicAddresses) {
  EXPECT_EQ(router.sends(ping("10.1.1.11 > 203.0.113.2")), "dropped: denied_inbound");
  router.with("firewall_rules/ping", R"({"destination":"203.0.113.2","protocol":"icmp"})");
  EXPECT_EQ(router.sends(ping("10.1.1.11 > 203.0.113.2")),
            "guest0: 203.0.113.2 > 10.1.1.11 reply 7");
}

TEST_F(Firewall, JudgesNoAnswers) {
  (void)router.sends(udp("10.1.1.11:40000 > 198.51.100.9:53"));
  EXPECT_EQ(router.sends(udp("198.51.100.9:53 > 203.0.113.2:40000")),
            "guest0: 198.51.100.9:53 > 10.1.1.11:40000");
  EXPECT_EQ(router.sends(udp("198.51.100.10:53 > 203.0.113.2:40000")), "dropped: denied_inbound");
}

TEST_F(Firewall, LeavesTrafficBetweenGuestNetworksAlone) {
  EXPECT_EQ(router.sends(udp("10.1.1.11:40000 > 10.1.2.9:53")),
            "guest1: 10.1.1.11:40000 > 10.1.2.9:53");
}

// How many sessions end when two packets meet a router without the rule "web": one that it let in
// to `destination`, another guest's public endpoint, and before it in their burst one that it did
// not, whose turn it is.
std::uint64_t ended_without_its_rule(World& router, const std::string& destination) {
  const Draft let_in = udp("10.1.1.11:5000 > " + destination);
  const Draft other = udp("10.1.1.12:5000 > 198.51.100.9:53");
  (void)router.sends(let_in);
  (void)router.sends(other);
  router.without("firewall_rules/web");
  (void)router.sends({other, let_in});
  return router.drops(Reason::session_revoked);
}

TEST(FirewallBetweenGuests, LosesAtOnceWhatItLetIn) {
  World router;
  router.with("port_forwards/web",
              R"({"protocol":"udp","public":"203.0.113.2:8080","private":"10.1.2.20:80"})");
  router.with("firewall_rules/web",
              R"({"destination":"203.0.113.2","protocol":"udp","ports":"8080"})");
  EXPECT_EQ(ended_without_its_rule(router, "203.0.113.2:8080"), 1U);
}

TEST(FirewallBetweenGuests, LosesAtOnceWhatItLetInByStaticNat) {
  World router;
  router.with("static_nats/db", R"({"public":"203.0.113.12","private":"10.1.1.20"})");
  router.with("firewall_rules/web", R"({"destination":"203.0.113.12"})");
  EXPECT_EQ(ended_without_its_rule(router, "203.0.113.12:8080"), 1U);
}

TEST(FirewallBetweenGuests, CutsWhateverAnotherRuleDrains) {
  World router;
  router.with("port_forwards/web",
              R"({"protocol":"udp","public":"203.0.113.2:8080","private":"10.1.1.20:80"})");
  router.with("firewall_rules/web",
              R"({"destination":"203.0.113.2","protocol":"udp","ports":"8080"})");
  router.with("egress_rules/all", R"({"interface":"guest1","on_remove":"drain"})");
  EXPECT_EQ(router.sends(udp("10.1.2.11:5000 > 203.0.113.2:8080")),
            "guest0: 10.1.2.11:5000 > 10.1.1.20:80");
  router.without("firewall_rules/web");
  EXPECT_EQ(router.sends(udp("10.1.2.11:5000 > 203.0.113.2:8080")), "dropped: session_revoked");
}

}  // namespace
}  // namespace viaduct::test
