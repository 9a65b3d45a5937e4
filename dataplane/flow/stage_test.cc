#include <gtest/gtest.h>

#include "tests/world.h"

namespace viaduct::test {
namespace {

constexpr auto outward = "10.1.1.11:40000 > 198.51.100.9:80";
constexpr auto outward_sent = "public0: 203.0.113.2:40000 > 198.51.100.9:80";
constexpr auto inward = "198.51.100.9:80 > 203.0.113.2:40000";
constexpr auto inward_sent = "guest0: 198.51.100.9:80 > 10.1.1.11:40000";

class Flow : public testing::Test {
 protected:
  World router;
};

TEST_F(Flow, OpensOneSessionForTwoPacketsOfOneBurst) {
  EXPECT_EQ(router.sends({tcp(outward), tcp(outward)}),
            std::string{outward_sent} + "; " + outward_sent);
  EXPECT_EQ(router.sessions(), 1U);
}

TEST_F(Flow, KeepsTheOrderOfABurst) {
  EXPECT_EQ(
      router.sends({udp("10.1.1.11:1024 > 198.51.100.9:1"), udp("10.1.1.11:1024 > 198.51.100.9:2"),
                    udp("10.1.1.11:1024 > 198.51.100.9:3")}),
      "public0: 203.0.113.2:1024 > 198.51.100.9:1; public0: 203.0.113.2:1024 > "
      "198.51.100.9:2; public0: 203.0.113.2:1024 > 198.51.100.9:3");
}

TEST_F(Flow, AgesPacketsByAHop) {
  (void)router.sends(tcp(outward).ttl(64));
  EXPECT_EQ(router.last().payload[8], 63);
}

TEST_F(Flow, AddressesFramesToTheNextHop) {
  (void)router.sends(tcp(outward));
  EXPECT_EQ(router.last().to, station(address("203.0.113.1")));
  (void)router.sends(tcp(inward).flags("SA"));
  EXPECT_EQ(router.last().to, station(address("10.1.1.11")));
  EXPECT_EQ(router.last().vlan, 1);
}

TEST_F(Flow, RefusesSessionsBeyondTheTable) {
  World small{2};
  small.with("networks/guest0", R"({"sessions_per_guest": 10})");
  for (const char* port : {"1", "2"}) {
    (void)small.sends(udp(std::string{"10.1.1.11:1024 > 198.51.100.9:"} + port));
    (void)small.sends(udp("198.51.100.9:" + std::string{port} + " > 203.0.113.2:1024"));
  }
  const auto refusal = [](const std::string& guest, const std::string& packet) {
    return "guest0: 10.1.1.1 > " + guest + " unreachable/13 about " + packet +
           "; dropped: session_table_full";
  };
  EXPECT_EQ(small.sends(udp("10.1.1.11:1024 > 198.51.100.9:3")),
            refusal("10.1.1.11", "10.1.1.11:1024 > 198.51.100.9:3"));
  EXPECT_EQ(small.sends(udp("10.1.1.12:4000 > 198.51.100.9:3")),
            refusal("10.1.1.12", "10.1.1.12:4000 > 198.51.100.9:3"));
  EXPECT_EQ(small.mappings(), 1U);
  (void)small.waits(310);
  EXPECT_EQ(small.sends(udp("10.1.1.11:1024 > 198.51.100.9:3")),
            "public0: 203.0.113.2:1024 > 198.51.100.9:3");
}

TEST_F(Flow, TakesAGuestsSessionFromItsNetworkOnly) {
  (void)router.sends(tcp(outward));
  EXPECT_EQ(router.sends(tcp(outward).flags("A").from("guest1")), "dropped: spoofed_source");
  EXPECT_EQ(router.sends(tcp(outward).flags("A").from("public0")), "dropped: spoofed_source");
  EXPECT_EQ(router.sends(tcp(inward).flags("A").from("guest1")), "dropped: spoofed_source");
}

TEST_F(Flow, LetsTheOutsideAnswerByAnotherWay) {
  (void)router.sends(tcp(outward));
  EXPECT_EQ(router.sends(tcp(inward).flags("SA").from("gateway0")), inward_sent);
}

TEST_F(Flow, DropsWhatThePortDoesNotTake) {
  (void)router.sends(tcp(outward));
  router.wire.takes = 0;
  EXPECT_EQ(router.sends(tcp(outward)), "dropped: port_queue_full");
}

TEST_F(Flow, DropsWhatGoesToAMissingPort) {
  router.unplug("wan");
  EXPECT_EQ(router.sends(tcp(outward)), "dropped: port_down");
}

TEST_F(Flow, DropsWhatGoesToAPortThatWentMissing) {
  (void)router.sends(tcp(outward));
  router.unplug("wan");
  EXPECT_EQ(router.sends(tcp(outward)), "dropped: port_down");
}

// --- many routers

TEST_F(Flow, KeepsRoutersWithTheSameAddressesApart) {
  router.at("/routers/blue", R"({"interfaces":{
      "public0":{"role":"public","port":"wan","vlan":7,"addresses":["203.0.113.2/24"]},
      "guest0":{"role":"guest","port":"lan","vlan":7,"addresses":["10.1.1.1/24"]}},
    "routes":{"default":{"prefix":"0.0.0.0/0","via":"203.0.113.1"}},
    "source_nats":{"default":{"addresses":["203.0.113.2"]}}})");
  EXPECT_EQ(router.sends(tcp(outward)), outward_sent);
  EXPECT_EQ(router.sends(tcp(inward).flags("SA").from("blue/public0")), "dropped: denied_inbound");
  EXPECT_EQ(router.sends(tcp(outward).from("blue/guest0")),
            "blue/public0: 203.0.113.2:40000 > 198.51.100.9:80");
  EXPECT_EQ(router.sends(tcp(inward).flags("SA").from("blue/public0")),
            "blue/guest0: 198.51.100.9:80 > 10.1.1.11:40000");
  EXPECT_EQ(router.sends(tcp(inward).flags("SA")), inward_sent);
}

TEST_F(Flow, LetsRoutersOnOneWireReachEachOther) {
  router.at("/routers/blue", R"({"interfaces":{
      "public0":{"role":"public","port":"wan","addresses":["203.0.113.3/24"]},
      "guest0":{"role":"guest","port":"lan","vlan":7,"addresses":["10.9.9.1/24"]}},
    "source_nats":{"default":{"addresses":["203.0.113.3"]}},
    "port_forwards":{"web":{"protocol":"tcp","public":"203.0.113.3:80","private":"10.9.9.9:80"}},
    "firewall_rules":{"web":{"destination":"203.0.113.3","protocol":"tcp","ports":"80"}}})");
  EXPECT_EQ(router.sends(tcp("10.1.1.11:40000 > 203.0.113.3:80")),
            "blue/guest0: 203.0.113.2:40000 > 10.9.9.9:80");
  EXPECT_EQ(router.sends(tcp("10.9.9.9:80 > 203.0.113.2:40000").flags("SA").from("blue/guest0")),
            "guest0: 203.0.113.3:80 > 10.1.1.11:40000");
}

// --- usage

TEST_F(Flow, CountsUsageByPublicAddressAndDirection) {
  (void)router.sends(udp(outward).length(100));
  (void)router.sends(udp(outward).length(200));
  (void)router.sends(udp(inward).length(1000));
  const auto usage = router.usage_of("203.0.113.2");
  EXPECT_EQ(usage.out.packets, 2U);
  EXPECT_EQ(usage.out.bytes, 300U);
  EXPECT_EQ(usage.in.packets, 1U);
  EXPECT_EQ(usage.in.bytes, 1000U);
}

TEST_F(Flow, CountsUsageOfForwardsAsTheOutsideSeesIt) {
  router.with("static_nats/db", R"({"public":"203.0.113.12","private":"10.1.1.12"})");
  router.with("firewall_rules/db", R"({"destination":"203.0.113.12"})");
  (void)router.sends(udp("198.51.100.9:5000 > 203.0.113.12:80").length(100));
  (void)router.sends(udp("10.1.1.12:80 > 198.51.100.9:5000").length(300));
  const auto usage = router.usage_of("203.0.113.12");
  EXPECT_EQ(usage.in.bytes, 100U);
  EXPECT_EQ(usage.out.bytes, 300U);
  EXPECT_EQ(router.usage_of("203.0.113.2").out.bytes, 0U);
}

// --- the router's own host

TEST_F(Flow, SendsWhatTheHostSaysUntranslated) {
  EXPECT_EQ(router.sends(udp("203.0.113.2:61440 > 198.51.100.9:53").from_host("public0")),
            "public0: 203.0.113.2:61440 > 198.51.100.9:53");
}

TEST_F(Flow, BringsTheHostItsAnswers) {
  (void)router.sends(udp("203.0.113.2:61440 > 198.51.100.9:53").from_host("public0"));
  EXPECT_EQ(router.sends(udp("198.51.100.9:53 > 203.0.113.2:61440")),
            "host public0: 198.51.100.9:53 > 203.0.113.2:61440");
  EXPECT_EQ(router.sends(udp("198.51.100.9:53 > 203.0.113.2:61441")), "dropped: denied_inbound");
}

TEST_F(Flow, TakesTheHostsSessionsFromTheHostOnly) {
  (void)router.sends(udp("203.0.113.2:61440 > 198.51.100.9:53").from_host("public0"));
  EXPECT_EQ(router.sends(udp("203.0.113.2:61440 > 198.51.100.9:53").from("public0")),
            "dropped: spoofed_source");
}

TEST_F(Flow, LetsTheHostSpeakWithTheRoutersAddressesOnly) {
  EXPECT_EQ(router.sends(udp("198.51.100.7:61440 > 198.51.100.9:53").from_host("public0")),
            "dropped: spoofed_source");
}

TEST_F(Flow, DropsWhatTheHostDoesNotTake) {
  (void)router.sends(udp("203.0.113.2:61440 > 198.51.100.9:53").from_host("public0"));
  router.wire.takes = 0;
  EXPECT_EQ(router.sends(udp("198.51.100.9:53 > 203.0.113.2:61440")), "dropped: host_queue_full");
}

TEST_F(Flow, SpareTheHostAFlood) {
  (void)router.sends(udp("203.0.113.2:61440 > 198.51.100.9:53").from_host("public0"));
  std::size_t policed = 0;
  for (int i = 0; i < 50'010; ++i) {
    policed +=
        router.sends(udp("198.51.100.9:53 > 203.0.113.2:61440")) == "dropped: policed_service";
  }
  EXPECT_EQ(policed, 10U);
}

TEST(Settling, EndsASessionThatLostItsWayBack) {
  World router;
  router.with("firewall_rules/all", R"({"destination":"0.0.0.0/0"})");
  router.with("port_forwards/web",
              R"({"protocol":"udp","public":"203.0.113.2:8080","private":"10.1.1.20:80"})");
  (void)router.sends(udp("198.51.100.9:5000 > 203.0.113.2:8080"));
  router.without("routes/default");
  EXPECT_EQ(router.explains(udp("198.51.100.9:5000 > 203.0.113.2:8080")),
            "dropped: session_revoked");
  EXPECT_EQ(router.sends(udp("198.51.100.9:5000 > 203.0.113.2:8080")), "dropped: session_revoked");
  EXPECT_EQ(router.sessions(), 0U);
  EXPECT_EQ(router.sends(udp("198.51.100.9:5000 > 203.0.113.2:8080")),
            "dropped: neighbour_unreachable");
  // Its answers are nobody's, and are not told of an MTU of zero.
  EXPECT_EQ(router.sends(udp("10.1.1.20:80 > 198.51.100.9:5000")).find("too big"),
            std::string::npos);
}

TEST(Settling, IsForetoldWhereThereIsNoWayBack) {
  World router;
  router.with("firewall_rules/all", R"({"destination":"0.0.0.0/0"})");
  const auto packet = udp("198.51.100.9:5000 > 10.1.1.11:80").from("gateway0");
  EXPECT_EQ(router.explains(packet), "dropped: neighbour_unreachable");
  EXPECT_EQ(router.sends(packet), "dropped: neighbour_unreachable");
}

TEST(Settling, IsForetoldWhereAnswersWouldBeAnothers) {
  World router;
  (void)router.sends(other(47, "10.1.1.11 > 198.51.100.9"));
  EXPECT_EQ(router.explains(other(47, "10.1.1.12 > 198.51.100.9")), "dropped: no_public_port");
  EXPECT_EQ(router.sends(other(47, "10.1.1.12 > 198.51.100.9")), "dropped: no_public_port");
}

TEST(Settling, PassesNoBroadcastFrameOfASession) {
  World router;
  (void)router.sends(udp("10.1.1.11:1024 > 198.51.100.9:53"));
  EXPECT_EQ(router.sends(udp("10.1.1.12:1024 > 198.51.100.9:53").to_mac(Mac::broadcast())),
            "dropped: martian_destination");
  EXPECT_EQ(router.sends(udp("10.1.1.11:1024 > 198.51.100.9:53").to_mac(Mac::broadcast())),
            "dropped: martian_destination");
}

TEST(Settling, LetsNoDrainedSessionGoToTheRouterItself) {
  World router;
  router.with("source_nats/default", R"({"addresses":["203.0.113.2"],"on_remove":"drain"})");
  router.with("firewall_rules/open", R"({"destination":"203.0.113.3"})");
  (void)router.sends(udp("10.1.1.11:1024 > 203.0.113.3:53"));
  router.with("source_nats/more", R"({"addresses":["203.0.113.3"],"sources":["10.1.2.0/24"]})");
  router.silence_neighbours();
  EXPECT_EQ(router.sends(udp("10.1.1.11:1024 > 203.0.113.3:53")), "dropped: no_route");
}

}  // namespace
}  // namespace viaduct::test
