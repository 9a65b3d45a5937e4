#include "dataplane/source_nat/source_nat.h"

#include <set>

#include "tests/model.h"

namespace viaduct::test {
namespace {

using source_nat::Rule;

Result<Rule> rule(std::string_view body) {
  return api::read<Rule>(json(body));
}

TEST(SourceNatRule, SurvivesTheRoundTrip) {
  constexpr auto text =
      R"({"sources":["10.1.1.0/24"],"addresses":["203.0.113.2","203.0.113.3"],"on_remove":"drain"})";
  EXPECT_EQ(api::write(*rule(text)).dump(), text);
}

TEST(SourceNatRule, NeedsAnAddress) {
  EXPECT_TRUE(is_invalid(rule("{}"), "/addresses"));
  EXPECT_TRUE(is_invalid(rule(R"({"addresses":[]})"), "/addresses", "needs at least one address"));
}

TEST(SourceNatRule, ListsEachAddressOnce) {
  EXPECT_TRUE(is_invalid(rule(R"({"addresses":["203.0.113.2","203.0.113.3","203.0.113.2"]})"),
                         "/addresses/2", "203.0.113.2 is listed twice"));
}

TEST(SourceNatRule, IsOfOneAddressFamily) {
  EXPECT_TRUE(is_invalid(rule(R"({"addresses":["203.0.113.2","2001:db8:1::2"]})"), "/addresses/1"));
  EXPECT_TRUE(is_invalid(
      rule(R"({"addresses":["203.0.113.2"],"sources":["10.1.1.0/24","2001:db8:2::/64"]})"),
      "/sources/1"));
}

class SourceNat : public testing::Test {
 protected:
  const source_nat::Table& table() { return paper_.router().of<source_nat::Table>(); }
  // What a guest speaks as.
  std::string speaks_as(std::string_view guest) {
    const auto* pool = table().find(address(guest));
    return pool == nullptr ? "itself" : to_string(pool->address_for(address(guest)).address);
  }
  bool is_reserved(Protocol protocol, std::string_view at) {
    return table().is_reserved(protocol, endpoint(at));
  }

  Paper paper_;
};

TEST_F(SourceNat, LeavesGuestsAsTheyAreWithoutARule) {
  EXPECT_EQ(speaks_as("10.1.1.20"), "itself");
}

TEST_F(SourceNat, HasADefaultForEveryGuest) {
  paper_.with("source_nats/default", R"({"addresses":["203.0.113.2"]})");
  EXPECT_EQ(speaks_as("10.1.1.20"), "203.0.113.2");
  EXPECT_EQ(speaks_as("10.1.2.20"), "203.0.113.2");
}

TEST_F(SourceNat, PrefersTheLongestPrefix) {
  paper_.with("source_nats/default", R"({"addresses":["203.0.113.2"]})")
      .with("source_nats/a", R"({"addresses":["203.0.113.3"],"sources":["10.1.1.0/24"]})")
      .with("source_nats/b", R"({"addresses":["203.0.113.4"],"sources":["10.1.1.20"]})");
  EXPECT_EQ(speaks_as("10.1.1.20"), "203.0.113.4");
  EXPECT_EQ(speaks_as("10.1.1.21"), "203.0.113.3");
  EXPECT_EQ(speaks_as("10.1.2.20"), "203.0.113.2");
}

TEST_F(SourceNat, LetsOneGuestAlwaysSpeakAsTheSameAddress) {
  paper_.with("source_nats/default", R"({"addresses":["203.0.113.2","203.0.113.3"]})");
  const std::string before = speaks_as("10.1.1.20");
  paper_.with("source_nats/z", R"({"addresses":["203.0.113.4"],"sources":["10.1.2.0/24"]})");
  EXPECT_EQ(speaks_as("10.1.1.20"), before);
}

TEST_F(SourceNat, SpreadsNeighboursOverThePool) {
  paper_.with("source_nats/default",
              R"({"addresses":["203.0.113.2","203.0.113.3","203.0.113.4","203.0.113.5"]})");
  std::map<Address, int> guests;
  const auto* pool = table().find(address("10.1.1.20"));
  for (unsigned i = 1; i < 255; ++i) {
    ++guests[pool->address_for(address("10.1.1." + std::to_string(i))).address];
  }
  ASSERT_EQ(guests.size(), 4U);
  for (const auto& [as, count] : guests) EXPECT_GT(count, 30) << to_string(as);
}

TEST_F(SourceNat, KeepsPortsOfOneAddressTogetherAcrossPools) {
  paper_.with("source_nats/a", R"({"addresses":["203.0.113.3"],"sources":["10.1.1.0/24"]})")
      .with("source_nats/b", R"({"addresses":["203.0.113.3"],"sources":["10.1.2.0/24"]})");
  const auto& nat = table();
  const auto* one = nat.find(address("10.1.1.20"));
  const auto* other = nat.find(address("10.1.2.20"));
  EXPECT_EQ(one->addresses[0].slot, other->addresses[0].slot);
  EXPECT_NE(one->rule, other->rule);
}

TEST_F(SourceNat, HasTheRoutersAddressReadyForGuestsThatMeetByAPublicOne) {
  const auto& router = paper_.router();
  const auto hairpin = [&](std::string_view interface) {
    return router.of<source_nat::Table>().hairpin_address(router.interfaces->find(interface)->slot);
  };
  EXPECT_EQ(hairpin("guest0")->address, address("10.1.1.1"));
  EXPECT_EQ(hairpin("guest1")->address, address("10.1.2.1"));
  EXPECT_EQ(hairpin("public0"), nullptr);
}

TEST_F(SourceNat, VisitsEveryAddressWhosePortsItGives) {
  paper_.with("source_nats/default", R"({"addresses":["203.0.113.2","203.0.113.3"]})");
  std::set<std::string> seen;
  table().each_address([&](const auto& at) { seen.insert(to_string(at.address)); });
  EXPECT_EQ(seen, (std::set<std::string>{"10.1.1.1", "10.1.2.1", "203.0.113.2", "203.0.113.3"}));
}

TEST_F(SourceNat, MakesTheRouterAnswerForItsAddresses) {
  paper_.with("source_nats/default", R"({"addresses":["203.0.113.2","203.0.113.9"]})");
  EXPECT_TRUE(paper_.router().owns(address("203.0.113.9")));
}

TEST_F(SourceNat, ReservesThePortsOfForwards) {
  paper_.with("port_forwards/web", R"({"protocol":"tcp","public":"203.0.113.2:8000-8010",
                                       "private":"10.1.1.20:9000-9010"})");
  EXPECT_TRUE(is_reserved(Protocol::tcp, "203.0.113.2:8000"));
  EXPECT_TRUE(is_reserved(Protocol::tcp, "203.0.113.2:8010"));
  EXPECT_FALSE(is_reserved(Protocol::tcp, "203.0.113.2:7999"));
  EXPECT_FALSE(is_reserved(Protocol::tcp, "203.0.113.2:8011"));
  EXPECT_FALSE(is_reserved(Protocol::udp, "203.0.113.2:8000"));
  EXPECT_FALSE(is_reserved(Protocol::tcp, "203.0.113.3:8000"));
}

TEST_F(SourceNat, CountsThePortsThatOthersLeave) {
  paper_.with("port_forwards/web", R"({"protocol":"tcp","public":"203.0.113.2:1000-8010",
                                       "private":"10.1.1.20:1000-8010"})");
  const Address at = address("203.0.113.2");
  EXPECT_EQ(table().unreserved_ports(Protocol::icmp, at, 1), 65'535U);
  EXPECT_EQ(table().unreserved_ports(Protocol::tcp, at, 1024), 61'440U - 8'011U);
}

TEST_F(SourceNat, ReservesThePortsOfTheRoutersServices) {
  paper_.at("/routers/red/interfaces/public0/services", R"(["ike"])");
  EXPECT_TRUE(is_reserved(Protocol::udp, "203.0.113.2:500"));
  EXPECT_TRUE(is_reserved(Protocol::udp, "203.0.113.2:4500"));
  EXPECT_FALSE(is_reserved(Protocol::udp, "203.0.113.2:501"));
  EXPECT_FALSE(is_reserved(Protocol::udp, "203.0.113.3:500"));
}

TEST_F(SourceNat, ReservesThePortsThatTheHostItselfSpeaksFrom) {
  EXPECT_TRUE(is_reserved(Protocol::tcp, "203.0.113.2:61440"));
  EXPECT_TRUE(is_reserved(Protocol::udp, "10.1.1.1:65535"));
  EXPECT_FALSE(is_reserved(Protocol::tcp, "203.0.113.2:61439"));
}

TEST_F(SourceNat, ReservesAForwardAroundAService) {
  paper_.at("/routers/red/interfaces/public0/services", R"(["ike"])")
      .with("port_forwards/game", R"({"protocol":"udp","public":"203.0.113.2:400-600",
                                      "private":"10.1.1.20:400-600"})");
  EXPECT_TRUE(is_reserved(Protocol::udp, "203.0.113.2:400"));
  EXPECT_TRUE(is_reserved(Protocol::udp, "203.0.113.2:500"));
  EXPECT_TRUE(is_reserved(Protocol::udp, "203.0.113.2:550"));
  EXPECT_FALSE(is_reserved(Protocol::udp, "203.0.113.2:601"));
}

TEST_F(SourceNat, RefusesTwoDefaults) {
  paper_.with("source_nats/a", R"({"addresses":["203.0.113.2"]})")
      .with("source_nats/b", R"({"addresses":["203.0.113.3"]})");
  EXPECT_TRUE(
      is_conflict(paper_.compile(), "/routers/red/source_nats/b/sources",
                  "the router already has a default source NAT: /routers/red/source_nats/a"));
}

TEST_F(SourceNat, RefusesTwoPoolsForOnePrefix) {
  paper_.with("source_nats/a", R"({"addresses":["203.0.113.2"],"sources":["10.1.1.0/24"]})")
      .with("source_nats/b",
            R"({"addresses":["203.0.113.3"],"sources":["10.1.2.0/24","10.1.1.0/24"]})");
  EXPECT_TRUE(is_conflict(paper_.compile(), "/routers/red/source_nats/b/sources/1",
                          "10.1.1.0/24 already has a source NAT"));
}

TEST_F(SourceNat, RefusesAnAddressThatStaticNatGaveToOneGuest) {
  paper_.with("source_nats/default", R"({"addresses":["203.0.113.2","203.0.113.12"]})")
      .with("static_nats/db", R"({"public":"203.0.113.12","private":"10.1.1.12"})");
  EXPECT_TRUE(is_conflict(paper_.compile(), "/routers/red/source_nats/default/addresses/1",
                          "203.0.113.12 already stands for one guest alone"));
}

TEST_F(SourceNat, RefusesAddressesOfNoPublicNetwork) {
  paper_.with("source_nats/default", R"({"addresses":["203.0.113.2","172.16.0.2"]})");
  EXPECT_TRUE(is_invalid(paper_.compile(), "/routers/red/source_nats/default/addresses/1",
                         "172.16.0.2 is in no public network of router 'red'"));
}

}  // namespace
}  // namespace viaduct::test
