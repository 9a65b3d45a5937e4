#include "dataplane/egress/egress.h"

#include "tests/model.h"

namespace viaduct::test {
namespace {

using egress::Rule;

TEST(EgressRule, SurvivesTheRoundTrip) {
  constexpr auto text =
      R"({"interface":"guest0","protocol":"tcp","ports":"25","sources":["10.1.1.0/25"],)"
      R"("destinations":["198.51.100.0/24"],"on_remove":"drain"})";
  EXPECT_EQ(api::write(*api::read<Rule>(json(text))).dump(), text);
}

TEST(EgressRule, HasIcmpTypesWithIcmpOnly) {
  EXPECT_TRUE(
      is_invalid(api::read<Rule>(json(R"({"interface":"guest0","icmp_type":8})")), "/icmp_type"));
}

class Egress : public testing::Test {
 protected:
  // "allowed by ..." or "denied by ...", and the rule or interface that decided.
  std::string judged(std::string_view interface, std::string_view source,
                     std::string_view destination, const TrafficFacts& packet) {
    const auto& router = paper_.router();
    const auto verdict = router.of<egress::Table>().judge(
        *router.interfaces->find(interface), address(source), address(destination), packet);
    const std::string name{paper_.directory.name(verdict.rule)};
    return (verdict.allowed ? "allowed by " : "denied by ") + name.substr(name.rfind('/') + 1);
  }

  const TrafficFacts smtp_{.protocol = Protocol::tcp, .destination_port = 25};
  const TrafficFacts web_{.protocol = Protocol::tcp, .destination_port = 80};
  Paper paper_;
};

TEST_F(Egress, FollowsTheNetworksPolicy) {
  EXPECT_EQ(judged("guest0", "10.1.1.20", "198.51.100.9", web_), "allowed by guest0");
  EXPECT_EQ(judged("guest1", "10.1.2.20", "198.51.100.9", web_), "denied by guest1");
}

TEST_F(Egress, DeniesExceptionsWhereTheNetworkAllows) {
  paper_.with("egress_rules/smtp", R"({"interface":"guest0","protocol":"tcp","ports":"25"})");
  EXPECT_EQ(judged("guest0", "10.1.1.20", "198.51.100.9", smtp_), "denied by smtp");
  EXPECT_EQ(judged("guest0", "10.1.1.20", "198.51.100.9", web_), "allowed by guest0");
}

TEST_F(Egress, AllowsExceptionsWhereTheNetworkDenies) {
  paper_.with("egress_rules/web", R"({"interface":"guest1","protocol":"tcp","ports":"80"})");
  EXPECT_EQ(judged("guest1", "10.1.2.20", "198.51.100.9", web_), "allowed by web");
  EXPECT_EQ(judged("guest1", "10.1.2.20", "198.51.100.9", smtp_), "denied by guest1");
}

TEST_F(Egress, ExceptsOnOneInterfaceOnly) {
  paper_.with("egress_rules/smtp", R"({"interface":"guest1","protocol":"tcp","ports":"25"})");
  EXPECT_EQ(judged("guest0", "10.1.1.20", "198.51.100.9", smtp_), "allowed by guest0");
}

TEST_F(Egress, ExceptsListedSourcesAndDestinationsOnly) {
  paper_.with("egress_rules/r", R"({"interface":"guest0","sources":["10.1.1.0/25"],
                                    "destinations":["198.51.100.0/24"]})");
  EXPECT_EQ(judged("guest0", "10.1.1.20", "198.51.100.9", web_), "denied by r");
  EXPECT_EQ(judged("guest0", "10.1.1.200", "198.51.100.9", web_), "allowed by guest0");
  EXPECT_EQ(judged("guest0", "10.1.1.20", "192.0.2.1", web_), "allowed by guest0");
}

TEST_F(Egress, RemembersWhetherToDrain) {
  paper_.with("egress_rules/web", R"({"interface":"guest1","on_remove":"drain"})");
  const auto& router = paper_.router();
  const auto verdict = router.of<egress::Table>().judge(
      *router.interfaces->find("guest1"), address("10.1.2.20"), address("198.51.100.9"), web_);
  EXPECT_EQ(verdict.on_remove, OnRemove::drain);
}

TEST_F(Egress, RefusesInterfacesThatAreNoGuests) {
  for (const auto* interface : {"public0", "gateway0", "guest9", ""}) {
    paper_.with("egress_rules/r", R"({"interface":")" + std::string{interface} + R"("})");
    EXPECT_TRUE(is_invalid(paper_.compile(), "/routers/red/egress_rules/r/interface",
                           "router 'red' has no guest interface '" + std::string{interface} + "'"));
  }
}

}  // namespace
}  // namespace viaduct::test
