#include "dataplane/static_nat/static_nat.h"

#include "tests/model.h"

namespace viaduct::test {
namespace {

using static_nat::Rule;

TEST(StaticNatRule, SurvivesTheRoundTrip) {
  constexpr auto text = R"({"public":"203.0.113.12","private":"10.1.1.12","on_remove":"drain"})";
  EXPECT_EQ(api::write(*api::read<Rule>(json(text))).dump(), text);
}

TEST(StaticNatRule, CutsSessionsUnlessToldOtherwise) {
  EXPECT_EQ(api::read<Rule>(json(R"({"public":"203.0.113.12","private":"10.1.1.12"})"))->on_remove,
            OnRemove::cut);
}

TEST(StaticNatRule, DoesNotTranslateBetweenFamilies) {
  EXPECT_TRUE(
      is_invalid(api::read<Rule>(json(R"({"public":"203.0.113.12","private":"2001:db8:2::12"})")),
                 "/private"));
}

class StaticNat : public testing::Test {
 protected:
  const static_nat::Table& table() { return paper_.router().of<static_nat::Table>(); }
  Result<Configuration> compiled(std::string_view body) {
    return paper_.with("static_nats/db", body).compile();
  }

  Paper paper_;
};

TEST_F(StaticNat, StandsForOneGuestInBothDirections) {
  paper_.with("static_nats/db", R"({"public":"203.0.113.12","private":"10.1.1.12"})");
  const auto& nat = table();
  EXPECT_EQ(nat.inward(address("203.0.113.12"))->address, address("10.1.1.12"));
  EXPECT_EQ(nat.outward(address("10.1.1.12"))->address, address("203.0.113.12"));
  EXPECT_EQ(paper_.directory.name(nat.inward(address("203.0.113.12"))->rule),
            "/routers/red/static_nats/db");
}

TEST_F(StaticNat, LeavesOthersAlone) {
  paper_.with("static_nats/db", R"({"public":"203.0.113.12","private":"10.1.1.12"})");
  const auto& nat = table();
  EXPECT_EQ(nat.inward(address("203.0.113.13")), nullptr);
  EXPECT_EQ(nat.inward(address("10.1.1.12")), nullptr);
  EXPECT_EQ(nat.outward(address("10.1.1.13")), nullptr);
}

TEST_F(StaticNat, StandsForIpv6GuestsToo) {
  paper_.with("static_nats/db", R"({"public":"2001:db8:1::12","private":"2001:db8:2::12"})");
  EXPECT_EQ(table().inward(address("2001:db8:1::12"))->address, address("2001:db8:2::12"));
}

TEST_F(StaticNat, MakesTheRouterAnswerForThePublicAddress) {
  paper_.with("static_nats/db", R"({"public":"203.0.113.12","private":"10.1.1.12"})");
  const auto& router = paper_.router();
  EXPECT_TRUE(router.owns(address("203.0.113.12")));
  EXPECT_FALSE(router.owns(address("10.1.1.12")));
}

TEST_F(StaticNat, ReachesGuestsBehindARouteIntoAGuestNetwork) {
  paper_.with("routes/inner", R"({"prefix":"10.77.0.0/16","via":"10.1.1.9"})");
  EXPECT_EQ(told(compiled(R"({"public":"203.0.113.12","private":"10.77.1.1"})")), "accepted");
}

TEST_F(StaticNat, RefusesOneAddressForTwoGuests) {
  paper_.with("static_nats/a", R"({"public":"203.0.113.12","private":"10.1.1.13"})");
  EXPECT_TRUE(is_conflict(compiled(R"({"public":"203.0.113.12","private":"10.1.1.12"})"),
                          "/routers/red/static_nats/db/public",
                          "203.0.113.12 already stands for another guest"));
}

TEST_F(StaticNat, RefusesTwoAddressesForOneGuest) {
  paper_.with("static_nats/a", R"({"public":"203.0.113.13","private":"10.1.1.12"})");
  EXPECT_TRUE(is_conflict(compiled(R"({"public":"203.0.113.12","private":"10.1.1.12"})"),
                          "/routers/red/static_nats/db/private",
                          "10.1.1.12 already has another public address"));
}

TEST_F(StaticNat, RefusesPublicAddressesOutsideThePublicNetworks) {
  for (const auto* elsewhere : {"198.51.100.12", "172.16.0.12", "10.1.2.12"}) {
    const std::string body =
        R"({"private":"10.1.1.12","public":")" + std::string{elsewhere} + R"("})";
    EXPECT_TRUE(is_invalid(compiled(body), "/routers/red/static_nats/db/public",
                           "is in no public network of router 'red'"));
  }
}

TEST_F(StaticNat, RefusesPrivateAddressesOutsideTheGuestNetworks) {
  for (const auto* elsewhere : {"198.51.100.12", "172.16.0.12", "203.0.113.13"}) {
    const std::string body =
        R"({"public":"203.0.113.12","private":")" + std::string{elsewhere} + R"("})";
    EXPECT_TRUE(is_invalid(compiled(body), "/routers/red/static_nats/db/private",
                           "is in no guest network of router 'red'"));
  }
}

TEST_F(StaticNat, RefusesTheRouterAsGuest) {
  EXPECT_TRUE(is_invalid(compiled(R"({"public":"203.0.113.12","private":"10.1.1.1"})"),
                         "/routers/red/static_nats/db/private",
                         "10.1.1.1 is the router's own address"));
}

TEST_F(StaticNat, RefusesAddressesThatNoStationHas) {
  EXPECT_TRUE(is_invalid(compiled(R"({"public":"203.0.113.255","private":"10.1.1.12"})"),
                         "/routers/red/static_nats/db/public"));
  EXPECT_TRUE(is_invalid(compiled(R"({"public":"203.0.113.12","private":"10.1.1.0"})"),
                         "/routers/red/static_nats/db/private"));
}

}  // namespace
}  // namespace viaduct::test
