#include "dataplane/firewall/firewall.h"

#include "tests/model.h"

namespace viaduct::test {
namespace {

using firewall::Rule;

Result<Rule> rule(std::string_view body) {
  return api::read<Rule>(json(body));
}

TEST(FirewallRule, SurvivesTheRoundTrip) {
  for (const auto* text :
       {R"({"destination":"203.0.113.2","protocol":"tcp","ports":"80-90",)"
        R"("sources":["198.51.100.0/24"],"on_remove":"drain"})",
        R"({"destination":"203.0.113.0/24","protocol":"icmp","icmp_type":8,"icmp_code":0})",
        R"({"destination":"0.0.0.0/0"})", R"({"destination":"2001:db8::/32","protocol":"132"})"}) {
    EXPECT_EQ(api::write(*rule(text)).dump(), text);
  }
}

TEST(FirewallRule, NeedsADestination) {
  EXPECT_TRUE(is_invalid(rule("{}"), "/destination"));
}

TEST(FirewallRule, HasPortsWithTcpAndUdpOnly) {
  EXPECT_TRUE(is_invalid(rule(R"({"destination":"203.0.113.2","ports":"80"})"), "/ports"));
}

TEST(FirewallRule, KeepsIcmpTypesWithinAByte) {
  EXPECT_TRUE(is_invalid(rule(R"({"destination":"203.0.113.2","protocol":"icmp","icmp_type":256})"),
                         "/icmp_type"));
}

TEST(FirewallRule, ListsSourcesOfItsOwnFamily) {
  EXPECT_TRUE(is_invalid(rule(R"({"destination":"203.0.113.2","sources":["2001:db8::/32"]})"),
                         "/sources/0"));
}

class Firewall : public testing::Test {
 protected:
  // The id of the rule that lets this in, or "nobody".
  std::string opened_by(std::string_view source, std::string_view destination,
                        const TrafficFacts& packet) {
    const auto* found =
        paper_.router().of<firewall::Table>().find(address(source), address(destination), packet);
    if (found == nullptr) return "nobody";
    const std::string name{paper_.directory.name(found->rule)};
    return name.substr(name.rfind('/') + 1);
  }
  static TrafficFacts tcp(std::uint16_t port) {
    return {.protocol = Protocol::tcp, .destination_port = port};
  }

  Paper paper_;
};

TEST_F(Firewall, LetsNothingInWithoutRules) {
  EXPECT_EQ(opened_by("198.51.100.9", "203.0.113.2", tcp(80)), "nobody");
}

TEST_F(Firewall, OpensWhatARuleSays) {
  paper_.with("firewall_rules/web",
              R"({"destination":"203.0.113.2","protocol":"tcp","ports":"80-90"})");
  EXPECT_EQ(opened_by("198.51.100.9", "203.0.113.2", tcp(80)), "web");
  EXPECT_EQ(opened_by("198.51.100.9", "203.0.113.2", tcp(90)), "web");
}

TEST_F(Firewall, OpensNothingBesides) {
  paper_.with("firewall_rules/web",
              R"({"destination":"203.0.113.2","protocol":"tcp","ports":"80-90"})");
  EXPECT_EQ(opened_by("198.51.100.9", "203.0.113.2", tcp(91)), "nobody");
  EXPECT_EQ(opened_by("198.51.100.9", "203.0.113.3", tcp(80)), "nobody");
  EXPECT_EQ(
      opened_by("198.51.100.9", "203.0.113.2", {.protocol = Protocol::udp, .destination_port = 80}),
      "nobody");
}

TEST_F(Firewall, LetsListedSourcesInOnly) {
  paper_.with("firewall_rules/web",
              R"({"destination":"203.0.113.2","sources":["198.51.100.0/24","192.0.2.1"]})");
  EXPECT_EQ(opened_by("198.51.100.9", "203.0.113.2", tcp(80)), "web");
  EXPECT_EQ(opened_by("192.0.2.1", "203.0.113.2", tcp(80)), "web");
  EXPECT_EQ(opened_by("192.0.2.2", "203.0.113.2", tcp(80)), "nobody");
}

TEST_F(Firewall, OpensIcmpByTypeAndCode) {
  paper_.with("firewall_rules/ping",
              R"({"destination":"203.0.113.2","protocol":"icmp","icmp_type":8,"icmp_code":0})");
  EXPECT_EQ(opened_by("198.51.100.9", "203.0.113.2", {.protocol = Protocol::icmp, .icmp_type = 8}),
            "ping");
  EXPECT_EQ(opened_by("198.51.100.9", "203.0.113.2", {.protocol = Protocol::icmp, .icmp_type = 13}),
            "nobody");
}

TEST_F(Firewall, OpensEveryProtocolWhereNoneIsSaid) {
  paper_.with("firewall_rules/all", R"({"destination":"203.0.113.2"})");
  EXPECT_EQ(opened_by("198.51.100.9", "203.0.113.2", {.protocol = Protocol::gre}), "all");
}

TEST_F(Firewall, TriesTheNextRuleOfAnAddress) {
  paper_.with("firewall_rules/a", R"({"destination":"203.0.113.2","protocol":"tcp","ports":"80"})")
      .with("firewall_rules/b", R"({"destination":"203.0.113.2","protocol":"tcp","ports":"81"})");
  EXPECT_EQ(opened_by("198.51.100.9", "203.0.113.2", tcp(81)), "b");
}

TEST_F(Firewall, TriesEveryWiderPrefix) {
  paper_
      .with("firewall_rules/host", R"({"destination":"203.0.113.2","protocol":"tcp","ports":"1"})")
      .with("firewall_rules/net",
            R"({"destination":"203.0.113.0/24","protocol":"tcp","ports":"2"})")
      .with("firewall_rules/all", R"({"destination":"0.0.0.0/0","protocol":"tcp","ports":"3"})");
  EXPECT_EQ(opened_by("198.51.100.9", "203.0.113.2", tcp(1)), "host");
  EXPECT_EQ(opened_by("198.51.100.9", "203.0.113.2", tcp(2)), "net");
  EXPECT_EQ(opened_by("198.51.100.9", "203.0.113.2", tcp(3)), "all");
  EXPECT_EQ(opened_by("198.51.100.9", "203.0.113.9", tcp(1)), "nobody");
  EXPECT_EQ(opened_by("198.51.100.9", "192.0.2.1", tcp(3)), "all");
}

TEST_F(Firewall, TellsNeighboursInsideAWiderPrefixApart) {
  paper_.with("firewall_rules/wide", R"({"destination":"203.0.113.0/24","protocol":"udp"})")
      .with("firewall_rules/low", R"({"destination":"203.0.113.0/26","protocol":"tcp"})")
      .with("firewall_rules/lowest", R"({"destination":"203.0.113.2","protocol":"gre"})")
      .with("firewall_rules/high", R"({"destination":"203.0.113.128/25","protocol":"tcp"})")
      .with("firewall_rules/next", R"({"destination":"203.0.114.0/24","protocol":"tcp"})");
  const TrafficFacts udp{.protocol = Protocol::udp};
  EXPECT_EQ(opened_by("198.51.100.9", "203.0.113.2", tcp(1)), "low");
  EXPECT_EQ(opened_by("198.51.100.9", "203.0.113.2", udp), "wide");
  EXPECT_EQ(opened_by("198.51.100.9", "203.0.113.200", tcp(1)), "high");
  EXPECT_EQ(opened_by("198.51.100.9", "203.0.113.200", udp), "wide");
  EXPECT_EQ(opened_by("198.51.100.9", "203.0.113.100", tcp(1)), "nobody");
  EXPECT_EQ(opened_by("198.51.100.9", "203.0.114.1", udp), "nobody");
}

TEST_F(Firewall, NamesTheRuleOfTheLongestPrefix) {
  paper_.with("firewall_rules/a", R"({"destination":"203.0.113.0/24"})")
      .with("firewall_rules/b", R"({"destination":"203.0.113.2"})");
  EXPECT_EQ(opened_by("198.51.100.9", "203.0.113.2", tcp(80)), "b");
}

TEST_F(Firewall, KeepsTheFamiliesApart) {
  paper_.with("firewall_rules/v6", R"({"destination":"::/0"})")
      .with("firewall_rules/v4", R"({"destination":"0.0.0.0/0"})");
  EXPECT_EQ(opened_by("2001:db8:9::1", "2001:db8:1::2", tcp(80)), "v6");
  EXPECT_EQ(opened_by("198.51.100.9", "203.0.113.2", tcp(80)), "v4");
}

TEST_F(Firewall, LetsNoIpv4InThroughAnIpv6Rule) {
  paper_.with("firewall_rules/v6", R"({"destination":"::/0"})");
  EXPECT_EQ(opened_by("198.51.100.9", "203.0.113.2", tcp(80)), "nobody");
}

}  // namespace
}  // namespace viaduct::test
