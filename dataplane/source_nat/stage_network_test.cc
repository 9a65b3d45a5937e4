#include <gtest/gtest.h>

#include <set>

#include "tests/world.h"

// What the settings of a network change about source NAT.
namespace viaduct::test {
namespace {

constexpr auto independent = R"("endpoint-independent")";
constexpr auto by_address = R"("address-dependent")";
constexpr auto by_endpoint = R"("address-and-port-dependent")";

class Network : public testing::Test {
 protected:
  void set(const std::string& attribute, const std::string& value) {
    router.with("networks/guest0", "{\"" + attribute + "\": " + value + "}");
  }
  // The public endpoint that a guest endpoint speaks as to another.
  std::string public_endpoint(const std::string& from, const std::string& to) {
    const std::string told = router.sends(udp(from + " > " + to));
    EXPECT_TRUE(told.starts_with("public0: ")) << told;
    return told.substr(9, told.find(" > ") - 9);
  }
  std::uint16_t public_port(const std::string& from, const std::string& to) {
    return endpoint(public_endpoint(from, to)).port;
  }
  World router;
};

const std::string guest = "10.1.1.11:40000";
const std::string dns = "198.51.100.9:53";
const std::string ntp = "198.51.100.9:123";
const std::string other_dns = "198.51.100.10:53";

// --- mapping

TEST_F(Network, MapsAnEndpointToOneWhomeverItTalksTo) {
  EXPECT_EQ(public_endpoint(guest, dns), public_endpoint(guest, other_dns));
}

TEST_F(Network, MapsAnEndpointToOneForEachAddressIfMappingDependsOnIt) {
  set("mapping", by_address);
  const std::string first = public_endpoint(guest, dns);
  EXPECT_EQ(public_endpoint(guest, ntp), first);
  EXPECT_NE(public_endpoint(guest, other_dns), first);
}

TEST_F(Network, MapsAnEndpointToOneForEachEndpointIfMappingDependsOnIt) {
  set("mapping", by_endpoint);
  const std::string first = public_endpoint(guest, dns);
  EXPECT_NE(public_endpoint(guest, ntp), first);
  EXPECT_EQ(public_endpoint(guest, dns), first) << "it is the same conversation";
}

TEST_F(Network, GivesEveryMappingBack) {
  for (const char* mapping : {independent, by_address, by_endpoint}) {
    set("mapping", mapping);
    for (const std::string& to : {dns, ntp, other_dns}) (void)public_endpoint(guest, to);
    EXPECT_GT(router.mappings(), 0U);
    (void)router.waits(320);
    EXPECT_EQ(router.mappings(), 0U) << mapping;
  }
}

// --- filtering

class Filtering : public Network {
 protected:
  std::string answer(const std::string& from) {
    return router.sends(udp(from + " > 203.0.113.2:40000"));
  }
  static std::string arrival(const std::string& from) { return "guest0: " + from + " > " + guest; }
};

TEST_F(Filtering, LetsInWhomTheGuestSpokeToAndNobodyElse) {
  (void)public_endpoint(guest, dns);
  EXPECT_EQ(answer(dns), arrival(dns));
  EXPECT_EQ(answer(ntp), "dropped: denied_inbound");
  EXPECT_EQ(answer(other_dns), "dropped: denied_inbound");
}

TEST_F(Filtering, LetsInAllOfAnAddressThatTheGuestSpokeTo) {
  set("filtering", by_address);
  (void)public_endpoint(guest, dns);
  EXPECT_EQ(answer(ntp), arrival(ntp));
  EXPECT_EQ(answer(other_dns), "dropped: denied_inbound");
}

TEST_F(Filtering, LetsNobodyOfAnAddressInOnceTheGuestsSessionIsOver) {
  set("filtering", by_address);
  (void)public_endpoint(guest, dns);
  (void)public_endpoint(guest, other_dns);
  for (int i = 0; i < 3; ++i) {
    (void)router.waits(200);
    (void)public_endpoint(guest, other_dns);  // keeps the mapping
  }
  EXPECT_EQ(answer(ntp), "dropped: denied_inbound");
  EXPECT_EQ(answer("198.51.100.10:99"), arrival("198.51.100.10:99"));
}

TEST_F(Filtering, LetsAnybodyInIfItDependsOnNothing) {
  set("filtering", independent);
  (void)public_endpoint(guest, dns);
  EXPECT_EQ(answer("192.0.2.77:5000"), arrival("192.0.2.77:5000"));
  EXPECT_EQ(router.sends(udp("10.1.1.11:40000 > 192.0.2.77:5000")),
            "public0: 203.0.113.2:40000 > 192.0.2.77:5000")
      << "the guest answers by the same endpoint";
}

TEST_F(Filtering, LetsNobodyInWithoutAMapping) {
  set("filtering", independent);
  EXPECT_EQ(answer("192.0.2.77:5000"), "dropped: denied_inbound");
  EXPECT_EQ(router.sends(tcp("192.0.2.77:5000 > 203.0.113.2:40000")), "dropped: denied_inbound");
}

TEST_F(Filtering, TellsProtocolsApart) {
  set("filtering", independent);
  (void)public_endpoint(guest, dns);
  EXPECT_EQ(router.sends(tcp("192.0.2.77:5000 > 203.0.113.2:40000")), "dropped: denied_inbound");
}

TEST_F(Filtering, KeepsAMappingWhoseGuestOnlyAnswersNow) {
  set("filtering", independent);
  (void)public_endpoint(guest, dns);
  for (int i = 0; i < 4; ++i) {
    (void)router.waits(200);
    EXPECT_EQ(answer("192.0.2.77:5000"), arrival("192.0.2.77:5000")) << i;
  }
  EXPECT_EQ(router.mappings(), 1U);
  (void)router.waits(320);
  EXPECT_EQ(router.mappings(), 0U);
}

TEST_F(Filtering, IsExplainedAsItIs) {
  set("filtering", independent);
  (void)public_endpoint(guest, dns);
  const Draft stranger = udp("192.0.2.77:5000 > 203.0.113.2:40000");
  EXPECT_EQ(router.explains(stranger), arrival("192.0.2.77:5000"));
  EXPECT_EQ(router.explains(stranger), router.sends(stranger));
  (void)router.waits(320);
  EXPECT_EQ(router.mappings(), 0U) << "explaining takes nothing";
}

TEST_F(Filtering, SurvivesAChangeThatHasNothingToDoWithIt) {
  set("filtering", independent);
  (void)public_endpoint(guest, dns);
  (void)answer("192.0.2.77:5000");
  router.with("routes/far", R"({"prefix": "192.0.2.128/25", "via": "203.0.113.1"})");
  EXPECT_EQ(answer("192.0.2.77:5000"), arrival("192.0.2.77:5000"));
}

TEST_F(Filtering, EndsWhatItLetInWhenItBecomesStricter) {
  set("filtering", independent);
  (void)public_endpoint(guest, dns);
  (void)answer("192.0.2.77:5000");
  set("filtering", by_endpoint);
  EXPECT_EQ(answer("192.0.2.77:5000"), "dropped: session_revoked");
  EXPECT_EQ(answer("192.0.2.77:5000"), "dropped: denied_inbound");
  EXPECT_EQ(answer(dns), arrival(dns));
}

TEST_F(Filtering, BecomesLooserForMappingsThatLive) {
  (void)public_endpoint(guest, dns);
  set("filtering", independent);
  EXPECT_EQ(answer("192.0.2.77:5000"), arrival("192.0.2.77:5000"));
}

TEST_F(Filtering, LetsInAllOfAnAddressOnceASessionOfBeforeSpeaksAgain) {
  (void)public_endpoint(guest, dns);
  set("filtering", by_address);
  EXPECT_EQ(answer(ntp), "dropped: denied_inbound");
  (void)public_endpoint(guest, dns);
  EXPECT_EQ(answer(ntp), arrival(ntp));
  (void)router.waits(320);
  (void)public_endpoint(guest, other_dns);
  EXPECT_EQ(answer(ntp), "dropped: denied_inbound");
}

TEST_F(Filtering, LetsInToGuestsBehindAnotherRouterOfTheNetwork) {
  router.with("routes/behind", R"({"prefix": "192.168.7.0/24", "via": "10.1.1.7"})");
  set("filtering", independent);
  (void)router.sends(udp("192.168.7.9:40000 > 198.51.100.9:53").from("guest0"));
  EXPECT_EQ(answer("192.0.2.77:5000"), "guest0: 192.0.2.77:5000 > 192.168.7.9:40000");
}

TEST_F(Filtering, LetsNobodyInForASessionThatWasRefused) {
  router.with("networks/guest0", R"({"filtering": "address-dependent", "sessions_per_guest": 1})");
  (void)public_endpoint(guest, dns);
  EXPECT_TRUE(router.sends(udp(guest + " > " + other_dns)).ends_with("guest_session_limit"));
  EXPECT_EQ(answer("198.51.100.10:99"), "dropped: denied_inbound");
}

TEST_F(Filtering, DoesNotStandInForAPortForwardThatHasGone) {
  router.with("networks/guest0", R"({"filtering": "endpoint-independent"})")
      .with("port_forwards/game",
            R"({"public": "203.0.113.2:9000", "protocol": "udp", "private": "10.1.1.12:9000"})")
      .with("firewall_rules/game", R"({"destination": "203.0.113.2", "protocol": "udp"})");
  const Draft visit = udp(guest + " > 203.0.113.2:9000");
  EXPECT_EQ(router.sends(visit), "guest0: 10.1.1.1:40000 > 10.1.1.12:9000");
  router.without("port_forwards/game");
  EXPECT_EQ(router.sends(visit), "dropped: session_revoked");
}

// What was a guest's address when it spoke is the router's own now.
TEST_F(Filtering, LetsGoOfTheMappingWhenTheRouterItselfIsMeant) {
  router.with("networks/guest0", R"({"filtering": "endpoint-independent"})");
  (void)public_endpoint(guest, dns);
  router.with("interfaces/guest0", R"({"role": "guest", "port": "lan", "vlan": 1,
                                       "addresses": ["10.1.1.1/24", "10.1.1.11/24"]})");
  EXPECT_EQ(answer("198.51.100.10:99"), "dropped: no_service");
  (void)router.waits(400);
  EXPECT_EQ(router.mappings(), 0U);
}

// Its two directions would look the same.
TEST_F(Filtering, LetsNoGuestMeetItselfByItsPublicEndpoint) {
  router.with("networks/guest0",
              R"({"filtering": "endpoint-independent", "hairpin_source": "public"})");
  (void)public_endpoint(guest, dns);
  const Draft to_itself = udp("10.1.1.11:40000 > 203.0.113.2:40000");
  EXPECT_EQ(router.explains(to_itself), router.sends(to_itself));
  EXPECT_EQ(router.sessions(), 1U);
}

TEST_F(Filtering, LetsGuestsOfOneNetworkMeetByTheirPublicEndpoints) {
  router.with("networks/guest0",
              R"({"filtering": "endpoint-independent", "hairpin_source": "public"})");
  (void)public_endpoint(guest, dns);
  (void)public_endpoint("10.1.1.12:41000", dns);
  EXPECT_EQ(router.sends(udp("10.1.1.12:41000 > 203.0.113.2:40000")),
            "guest0: 203.0.113.2:41000 > 10.1.1.11:40000");
  EXPECT_EQ(router.sends(udp("10.1.1.11:40000 > 203.0.113.2:41000")),
            "guest0: 203.0.113.2:40000 > 10.1.1.12:41000");
}

// --- ports

TEST_F(Network, ChoosesARandomPortIfTheGuestsIsNotToBeKept) {
  set("preserve_port", "false");
  std::set<std::uint16_t> ports;
  for (int i = 0; i < 8; ++i) {
    const auto from = std::to_string(40000 + i);
    if (public_port("10.1.1.11:" + from, dns) == 40000 + i) continue;
    ports.insert(public_port("10.1.1.11:" + from, dns));
  }
  EXPECT_GE(ports.size(), 7U);
}

TEST_F(Network, KeepsThePortsParity) {
  for (int i = 0; i < 40; ++i) {
    const std::string port = std::to_string(40000 + i);
    (void)public_port("10.1.1.11:" + port, dns);
    EXPECT_EQ(public_port("10.1.1.12:" + port, dns) % 2, i % 2);
  }
}

TEST_F(Network, ForgetsThePortsParityIfItIsNotToBeKept) {
  router.with("networks/guest0", R"({"preserve_port": false, "preserve_parity": false})");
  bool odd = false;
  for (int i = 0; i < 40; ++i) {
    odd |= public_port("10.1.1.11:" + std::to_string(40000 + 2 * i), dns) % 2 == 1;
  }
  EXPECT_TRUE(odd);
}

TEST_F(Network, GivesAGuestPortsOfItsOwnBlocks) {
  set("port_block", "128");
  std::set<int> blocks[2];
  for (int i = 0; i < 150; ++i) {
    for (int vm : {0, 1}) {
      const std::string from =
          "10.1.1.1" + std::to_string(1 + vm) + ":" + std::to_string(2000 + 7 * i);
      blocks[vm].insert(public_port(from, dns) / 128);
    }
  }
  EXPECT_EQ(blocks[0].size(), 2U) << "150 ports take two blocks";
  EXPECT_EQ(blocks[1].size(), 2U);
  for (const int block : blocks[0]) EXPECT_FALSE(blocks[1].contains(block));
}

TEST_F(Network, ForetellsTheBlocksThatNobodyHasAPartOf) {
  router.with("networks/guest0", R"({"preserve_port": false, "sessions_per_guest": 1000})");
  for (int i = 0; i < 600; ++i) (void)public_port("10.1.1.11:" + std::to_string(2000 + i), dns);
  router.with("networks/guest0", R"({"preserve_port": false, "port_block": 128})");
  for (int host = 20; host < 40; ++host) {
    const Draft first = udp("10.1.1." + std::to_string(host) + ":2000 > 198.51.100.9:53");
    const std::string foretold = router.explains(first);
    EXPECT_EQ(router.sends(first), foretold);
  }
}

TEST_F(Network, GivesAGuestNoMorePortsThanItMayHave) {
  set("ports_per_guest", "3");
  for (int i = 0; i < 3; ++i) (void)public_port("10.1.1.11:" + std::to_string(40000 + i), dns);
  const Draft fourth = udp("10.1.1.11:40003 > 198.51.100.9:53");
  EXPECT_EQ(router.explains(fourth), "dropped: guest_port_limit");
  EXPECT_EQ(router.sends(fourth),
            "guest0: 10.1.1.1 > 10.1.1.11 unreachable/13 about 10.1.1.11:40003 > 198.51.100.9:53; "
            "dropped: guest_port_limit");
  EXPECT_EQ(public_port("10.1.1.11:40002", other_dns), 40002) << "one that it has already";
  EXPECT_EQ(public_port("10.1.1.12:40003", dns), 40003) << "another guest has its own";
  (void)router.waits(320);
  EXPECT_EQ(public_port("10.1.1.11:40003", dns), 40003);
}

// --- addresses

TEST_F(Network, GivesAGuestOneAddressOrMany) {
  router.with("source_nats/default",
              R"({"addresses": ["203.0.113.2", "203.0.113.11", "203.0.113.12"]})");
  const auto addresses = [&] {
    std::set<std::string> all;
    for (int i = 0; i < 40; ++i) {
      const auto told = public_endpoint("10.1.1.11:" + std::to_string(40000 + i), dns);
      all.insert(told.substr(0, told.find(':')));
    }
    return all.size();
  };
  EXPECT_EQ(addresses(), 1U);
  (void)router.waits(320);
  set("pooling", R"("arbitrary")");
  EXPECT_EQ(addresses(), 3U);
}

// --- hairpin

TEST_F(Network, ShowsAGuestsPublicEndpointToItsNeighbourIfWanted) {
  router.with("port_forwards/web",
              R"({"public": "203.0.113.11:80", "protocol": "tcp", "private": "10.1.1.11:80"})");
  router.with("firewall_rules/web",
              R"({"destination": "203.0.113.11", "protocol": "tcp", "ports": "80"})");
  const Draft visit = tcp("10.1.1.12:40000 > 203.0.113.11:80");
  EXPECT_EQ(router.sends(visit), "guest0: 10.1.1.1:40000 > 10.1.1.11:80");
  (void)router.waits(320);
  set("hairpin_source", R"("public")");
  EXPECT_EQ(router.sends(visit), "guest0: 203.0.113.2:40000 > 10.1.1.11:80");
  EXPECT_EQ(router.sends(tcp("10.1.1.11:80 > 203.0.113.2:40000").flags("SA")),
            "guest0: 203.0.113.11:80 > 10.1.1.12:40000");
}

TEST_F(Network, ShowsANeighbourTheAddressThatAGuestHasAlone) {
  router.with("static_nats/vm", R"({"public": "203.0.113.13", "private": "10.1.1.12"})")
      .with("port_forwards/web",
            R"({"public": "203.0.113.11:80", "protocol": "tcp", "private": "10.1.1.11:80"})")
      .with("firewall_rules/web", R"({"destination": "203.0.113.11", "protocol": "tcp"})");
  set("hairpin_source", R"("public")");
  EXPECT_EQ(router.sends(tcp("10.1.1.12:40000 > 203.0.113.11:80")),
            "guest0: 203.0.113.13:40000 > 10.1.1.11:80");
  EXPECT_EQ(router.sends(tcp("10.1.1.11:80 > 203.0.113.13:40000").flags("SA")),
            "guest0: 203.0.113.11:80 > 10.1.1.12:40000");
}

class Neighbours : public Network {
 protected:
  Neighbours() {
    set("hairpin_source", R"("public")");
    (void)router.sends(udp("10.1.1.11:40000 > 198.51.100.9:53"));
    (void)router.sends(udp("10.1.1.12:50000 > 198.51.100.9:53"));
  }
  const Draft there = udp("10.1.1.11:40000 > 203.0.113.2:50000");
  const Draft back = udp("10.1.1.12:50000 > 203.0.113.2:40000");
};

TEST_F(Neighbours, MeetByTheirPublicEndpointsOnceBothHaveSpoken) {
  EXPECT_EQ(router.sends(there), "dropped: denied_inbound");
  EXPECT_EQ(router.explains(back), "guest0: 203.0.113.2:50000 > 10.1.1.11:40000");
  EXPECT_EQ(router.sends(back), "guest0: 203.0.113.2:50000 > 10.1.1.11:40000");
  EXPECT_EQ(router.sends(there), "guest0: 203.0.113.2:40000 > 10.1.1.12:50000");
}

TEST_F(Neighbours, DoNotMeetByBeingAskedAbout) {
  (void)router.explains(there);
  EXPECT_EQ(router.sends(back), "dropped: denied_inbound");
}

TEST_F(Neighbours, LetNobodyElseIn) {
  (void)router.sends(there);
  EXPECT_EQ(router.sends(udp("10.1.1.13:50000 > 203.0.113.2:40000")), "dropped: denied_inbound");
  EXPECT_EQ(router.sends(udp("10.1.1.12:50001 > 203.0.113.2:40000")), "dropped: denied_inbound");
  EXPECT_EQ(router.sends(udp("198.51.100.10:53 > 203.0.113.2:40000")), "dropped: denied_inbound");
}

TEST_F(Neighbours, AreForgottenAfterAMinute) {
  (void)router.sends(there);
  (void)router.waits(61);
  EXPECT_EQ(router.sends(back), "dropped: denied_inbound");
}

TEST_F(Neighbours, GoOnAfterAChange) {
  (void)router.sends(there);
  (void)router.sends(back);
  router.with("networks/guest0", R"({"hairpin_source": "public", "udp_timeout": 100})");
  EXPECT_EQ(router.sends(there), "guest0: 203.0.113.2:40000 > 10.1.1.12:50000");
  EXPECT_EQ(router.sends(back), "guest0: 203.0.113.2:50000 > 10.1.1.11:40000");
}

}  // namespace
}  // namespace viaduct::test
