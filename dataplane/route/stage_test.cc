#include <gtest/gtest.h>

#include "tests/world.h"

namespace viaduct::test {
namespace {

class Routing : public testing::Test {
 protected:
  World router;
};

TEST_F(Routing, DropsAGuestsForeignSource) {
  EXPECT_EQ(router.sends(tcp("10.1.2.11:40000 > 198.51.100.9:80").from("guest0")),
            "dropped: spoofed_source");
  EXPECT_EQ(router.sends(tcp("8.8.8.8:40000 > 198.51.100.9:80").from("guest0")),
            "dropped: spoofed_source");
}

TEST_F(Routing, DropsASourceThatIsAWholeNetwork) {
  EXPECT_EQ(router.sends(tcp("10.1.1.255:40000 > 198.51.100.9:80").from("guest0")),
            "dropped: spoofed_source");
}

TEST_F(Routing, DropsTheRoutersOwnSource) {
  EXPECT_EQ(router.sends(udp("10.1.1.1:40000 > 198.51.100.9:80").from("guest0")),
            "dropped: spoofed_source");
  EXPECT_EQ(router.sends(udp("203.0.113.2:40000 > 203.0.113.3:80").from("public0")),
            "dropped: spoofed_source");
}

TEST_F(Routing, DropsAGuestsSourceFromTheOutside) {
  EXPECT_EQ(router.sends(udp("10.1.1.11:40000 > 203.0.113.2:80").from("public0")),
            "dropped: spoofed_source");
}

TEST_F(Routing, BelievesNetworksBehindAGuest) {
  router.with("routes/behind", R"({"prefix": "192.168.7.0/24", "via": "10.1.1.7"})");
  EXPECT_EQ(router.sends(tcp("192.168.7.9:40000 > 198.51.100.9:80").from("guest0")),
            "public0: 203.0.113.2:40000 > 198.51.100.9:80");
  EXPECT_EQ(router.sends(tcp("198.51.100.9:80 > 203.0.113.2:40000").flags("SA")),
            "guest0: 198.51.100.9:80 > 192.168.7.9:40000");
  EXPECT_EQ(router.last().to, station(address("10.1.1.7")));
}

TEST_F(Routing, TellsTheSenderThatThereIsNoRoute) {
  router.without("routes/default");
  EXPECT_EQ(router.sends(udp("10.1.1.11:40000 > 198.51.100.9:80")),
            "guest0: 10.1.1.1 > 10.1.1.11 no route about 10.1.1.11:40000 > 198.51.100.9:80; "
            "dropped: no_route");
}

TEST_F(Routing, PrefersTheLongestPrefix) {
  router.with("routes/peer", R"({"prefix": "198.51.100.0/24", "via": "172.16.0.1"})");
  EXPECT_EQ(router.sends(tcp("10.1.1.11:40000 > 198.51.100.9:80")),
            "gateway0: 10.1.1.11:40000 > 198.51.100.9:80");
  EXPECT_EQ(router.sends(tcp("10.1.1.11:40000 > 198.51.101.9:80")),
            "public0: 203.0.113.2:40000 > 198.51.101.9:80");
}

TEST_F(Routing, AnswersLeaveWhereTheirQuestionsCameIn) {
  router.with("firewall_rules/all", R"({"destination":"10.1.1.0/24"})");
  router.with("routes/by_gateway", R"({"prefix": "0.0.0.0/0", "via": "172.16.0.1"})");
  (void)router.sends(udp("198.51.100.9:5000 > 10.1.1.11:80").from("gateway0"));
  EXPECT_EQ(router.sends(udp("10.1.1.11:80 > 198.51.100.9:5000")),
            "gateway0: 10.1.1.11:80 > 198.51.100.9:5000");
}

TEST_F(Routing, DoesNotForwardToBroadcastAddresses) {
  router.with("firewall_rules/all", R"({"destination":"0.0.0.0/0"})");
  EXPECT_EQ(router.sends(udp("198.51.100.9:5000 > 10.1.1.255:80")), "dropped: no_service");
  EXPECT_EQ(router.sends(udp("10.1.1.11:5000 > 255.255.255.255:80")), "dropped: no_service");
  EXPECT_EQ(router.sends(udp("10.1.1.11:5000 > 239.1.1.1:80")), "dropped: no_service");
}

// Two transit networks beside the rest.
class InTransit : public testing::Test {
 protected:
  InTransit() {
    router.with("interfaces/east", R"({"role": "transit", "port": "wan", "vlan": 20,
                                       "addresses": ["172.20.0.1/24"]})");
    router.with("interfaces/west", R"({"role": "transit", "port": "wan", "vlan": 21,
                                       "addresses": ["172.21.0.1/24"]})");
  }
  World router;
};

TEST_F(InTransit, PassesWithoutASession) {
  EXPECT_EQ(router.sends(tcp("172.20.0.9:40000 > 172.21.0.9:80").flags("A").from("east")),
            "west: 172.20.0.9:40000 > 172.21.0.9:80");
  EXPECT_EQ(router.sends(tcp("172.21.0.9:80 > 172.20.0.9:40000").flags("A").from("west")),
            "east: 172.21.0.9:80 > 172.20.0.9:40000");
  EXPECT_EQ(router.sessions(), 0U);
}

TEST_F(InTransit, IsForetoldByExplain) {
  EXPECT_EQ(router.explains(udp("172.20.0.9:40000 > 172.21.0.9:80").from("east")),
            "west: 172.20.0.9:40000 > 172.21.0.9:80");
}

TEST_F(InTransit, TakesTheNextHopOfARoute) {
  router.with("routes/far", R"({"prefix": "192.168.0.0/16", "via": "172.21.0.7"})");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(router.sends(udp("172.20.0.9:1 > 192.168.3.4:2").from("east")),
              "west: 172.20.0.9:1 > 192.168.3.4:2");
    EXPECT_EQ(router.last().to, station(address("172.21.0.7")));
  }
}

TEST_F(InTransit, FollowsARouteThatMoves) {
  router.with("routes/far", R"({"prefix": "192.168.0.0/16", "via": "172.21.0.7"})");
  (void)router.sends(udp("172.20.0.9:1 > 192.168.3.4:2").from("east"));
  router.with("routes/far", R"({"prefix": "192.168.0.0/16", "via": "172.21.0.8"})");
  EXPECT_EQ(router.sends(udp("172.20.0.9:1 > 192.168.3.4:2").from("east")),
            "west: 172.20.0.9:1 > 192.168.3.4:2");
  EXPECT_EQ(router.last().to, station(address("172.21.0.8")));
}

TEST_F(InTransit, LosesAHop) {
  EXPECT_EQ(router.sends(udp("172.20.0.9:1 > 172.21.0.9:2").from("east").ttl(1)),
            "east: 172.20.0.1 > 172.20.0.9 time exceeded about 172.20.0.9:1 > 172.21.0.9:2; "
            "dropped: ttl_expired");
}

TEST_F(InTransit, DoesNotReachGuestsUnjudged) {
  EXPECT_EQ(router.sends(udp("172.20.0.9:1 > 10.1.1.11:2").from("east")),
            "dropped: denied_inbound");
}

TEST_F(InTransit, TalksToGuestsThatAreOpened) {
  router.with("firewall_rules/all", R"({"destination":"10.1.1.0/24"})");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(router.sends(udp("172.20.0.9:1 > 10.1.1.11:2").from("east")),
              "guest0: 172.20.0.9:1 > 10.1.1.11:2");
    EXPECT_EQ(router.sends(udp("10.1.1.11:2 > 172.20.0.9:1")), "east: 10.1.1.11:2 > 172.20.0.9:1");
  }
  EXPECT_EQ(router.sessions(), 1U);
}

TEST_F(InTransit, AnswersGuests) {
  EXPECT_EQ(router.sends(udp("10.1.1.11:2 > 172.20.0.9:1")), "east: 10.1.1.11:2 > 172.20.0.9:1");
  EXPECT_EQ(router.sends(udp("172.20.0.9:1 > 10.1.1.11:2").from("east")),
            "guest0: 172.20.0.9:1 > 10.1.1.11:2");
}

TEST_F(InTransit, CarriesNoMartians) {
  EXPECT_EQ(router.sends(udp("127.0.0.1:1 > 172.21.0.9:2").from("east")),
            "dropped: martian_source");
}

TEST_F(InTransit, ReachesTheRouterItself) {
  router.with("firewall_rules/ping", R"({"destination": "172.20.0.1", "protocol": "icmp"})");
  EXPECT_EQ(router.sends(ping("172.20.0.9 > 172.20.0.1").from("east")),
            "east: 172.20.0.1 > 172.20.0.9 reply 7");
}

}  // namespace
}  // namespace viaduct::test
