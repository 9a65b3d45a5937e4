#include "dataplane/port_forward/port_forward.h"

#include "tests/model.h"

namespace viaduct::test {
namespace {

using port_forward::Rule;

// A forward of tcp from one endpoint range to another.
std::string forward(std::string_view public_endpoint, std::string_view private_endpoint) {
  return api::Json{{"protocol", "tcp"}, {"public", public_endpoint}, {"private", private_endpoint}}
      .dump();
}

Result<Rule> rule(std::string_view body) {
  return api::read<Rule>(json(body));
}

TEST(PortForwardRule, SurvivesTheRoundTrip) {
  constexpr auto text =
      R"({"protocol":"udp","public":"203.0.113.2:8000-8010","private":"10.1.1.20:9000-9010",)"
      R"("sources":["198.51.100.0/24"],"on_remove":"drain"})";
  EXPECT_EQ(api::write(*rule(text)).dump(), text);
}

TEST(PortForwardRule, IsForTcpAndUdpOnly) {
  EXPECT_TRUE(
      is_invalid(rule(R"({"protocol":"icmp","public":"203.0.113.2:80","private":"10.1.1.20:80"})"),
                 "/protocol", "only tcp and udp have ports to forward"));
}

TEST(PortForwardRule, HasAsManyPortsOnBothSides) {
  EXPECT_TRUE(rule(forward("203.0.113.2:8000-8010", "10.1.1.20:9000-9010")));
  EXPECT_TRUE(is_invalid(rule(forward("203.0.113.2:8000-8010", "10.1.1.20:9000")), "/private",
                         "has 1 ports for the 11 of the public endpoint"));
}

TEST(PortForwardRule, DoesNotTranslateBetweenFamilies) {
  EXPECT_TRUE(is_invalid(rule(forward("203.0.113.2:80", "[2001:db8:2::20]:80")), "/private",
                         "another address family"));
}

TEST(PortForwardRule, ListsSourcesOfItsOwnFamily) {
  EXPECT_TRUE(is_invalid(rule(R"({"protocol":"tcp","public":"203.0.113.2:80",
                                  "private":"10.1.1.20:80","sources":["2001:db8::/32"]})"),
                         "/sources/0"));
}

TEST(PortForwardRule, RefusesPortZeroAndReversedRanges) {
  EXPECT_TRUE(is_invalid(rule(forward("203.0.113.2:0", "10.1.1.20:80")), "/public"));
  EXPECT_TRUE(is_invalid(rule(forward("203.0.113.2:80", "10.1.1.20:90-80")), "/private"));
}

class PortForward : public testing::Test {
 protected:
  // Where tcp to this endpoint is sent on to.
  std::string sent_on(std::string_view public_endpoint, Protocol protocol = Protocol::tcp) {
    const auto at = endpoint(public_endpoint);
    const auto* found = paper_.router().of<port_forward::Table>().find(protocol, at);
    return found == nullptr ? "nowhere" : to_string(found->target_of(at.port));
  }

  Paper paper_;
};

TEST_F(PortForward, SendsAnEndpointOnToAnother) {
  paper_.with("port_forwards/web", forward("203.0.113.2:8080", "10.1.1.20:80"));
  EXPECT_EQ(sent_on("203.0.113.2:8080"), "10.1.1.20:80");
}

TEST_F(PortForward, LeavesOtherTrafficAlone) {
  paper_.with("port_forwards/web", forward("203.0.113.2:8080", "10.1.1.20:80"));
  EXPECT_EQ(sent_on("203.0.113.2:8079"), "nowhere");
  EXPECT_EQ(sent_on("203.0.113.2:8081"), "nowhere");
  EXPECT_EQ(sent_on("203.0.113.3:8080"), "nowhere");
  EXPECT_EQ(sent_on("203.0.113.2:8080", Protocol::udp), "nowhere");
}

TEST_F(PortForward, ShiftsARangeInOrder) {
  paper_.with("port_forwards/web", forward("203.0.113.2:8000-8010", "10.1.1.20:9000-9010"));
  EXPECT_EQ(sent_on("203.0.113.2:8000"), "10.1.1.20:9000");
  EXPECT_EQ(sent_on("203.0.113.2:8005"), "10.1.1.20:9005");
  EXPECT_EQ(sent_on("203.0.113.2:8010"), "10.1.1.20:9010");
  EXPECT_EQ(sent_on("203.0.113.2:8011"), "nowhere");
}

TEST_F(PortForward, ShiftsDownwardsAndToTheLastPort) {
  paper_.with("port_forwards/down", forward("203.0.113.2:9000-9010", "10.1.1.20:1-11"))
      .with("port_forwards/up", forward("203.0.113.2:1-3", "10.1.1.20:65533-65535"));
  EXPECT_EQ(sent_on("203.0.113.2:9010"), "10.1.1.20:11");
  EXPECT_EQ(sent_on("203.0.113.2:3"), "10.1.1.20:65535");
}

TEST_F(PortForward, ForwardsEveryPortAtOnce) {
  paper_.with("port_forwards/all", forward("203.0.113.2:1-65535", "10.1.1.20:1-65535"));
  EXPECT_EQ(sent_on("203.0.113.2:1"), "10.1.1.20:1");
  EXPECT_EQ(sent_on("203.0.113.2:65535"), "10.1.1.20:65535");
}

TEST_F(PortForward, TellsAddressesProtocolsAndRangesApart) {
  paper_.with("port_forwards/a", forward("203.0.113.2:80", "10.1.1.20:80"))
      .with("port_forwards/b", forward("203.0.113.3:80", "10.1.1.21:80"))
      .with("port_forwards/c", forward("203.0.113.2:81-90", "10.1.1.22:81-90"))
      .with("port_forwards/d", R"({"protocol":"udp","public":"203.0.113.2:80",
                                   "private":"10.1.1.23:80"})")
      .with("port_forwards/e", forward("[2001:db8:1::2]:80", "[2001:db8:2::20]:80"));
  EXPECT_EQ(sent_on("203.0.113.2:80"), "10.1.1.20:80");
  EXPECT_EQ(sent_on("203.0.113.3:80"), "10.1.1.21:80");
  EXPECT_EQ(sent_on("203.0.113.2:81"), "10.1.1.22:81");
  EXPECT_EQ(sent_on("203.0.113.2:80", Protocol::udp), "10.1.1.23:80");
  EXPECT_EQ(sent_on("[2001:db8:1::2]:80"), "[2001:db8:2::20]:80");
}

TEST_F(PortForward, RemembersTheRuleAndItsSources) {
  paper_.with("port_forwards/web", R"({"protocol":"tcp","public":"203.0.113.2:8080",
                  "private":"10.1.1.20:80","sources":["198.51.100.0/24"],"on_remove":"drain"})");
  const auto* found =
      paper_.router().of<port_forward::Table>().find(Protocol::tcp, endpoint("203.0.113.2:8080"));
  EXPECT_EQ(paper_.directory.name(found->rule), "/routers/red/port_forwards/web");
  EXPECT_EQ(found->sources, std::vector{prefix("198.51.100.0/24")});
  EXPECT_EQ(found->on_remove, OnRemove::drain);
}

TEST_F(PortForward, MakesTheRouterAnswerForThePublicAddress) {
  paper_.with("port_forwards/web", forward("203.0.113.9:8080", "10.1.1.20:80"));
  EXPECT_TRUE(paper_.router().owns(address("203.0.113.9")));
}

TEST_F(PortForward, RefusesTwoForwardsOfOneEndpoint) {
  paper_.with("port_forwards/a", forward("203.0.113.2:80", "10.1.1.20:80"))
      .with("port_forwards/b", forward("203.0.113.2:80", "10.1.1.21:80"));
  EXPECT_TRUE(is_conflict(paper_.compile(), "/routers/red/port_forwards/b/public",
                          "203.0.113.2:80 overlaps /routers/red/port_forwards/a"));
}

TEST_F(PortForward, RefusesRangesThatShareAPort) {
  paper_.with("port_forwards/a", forward("203.0.113.2:80-90", "10.1.1.20:80-90"))
      .with("port_forwards/b", forward("203.0.113.2:70-80", "10.1.1.21:70-80"));
  EXPECT_TRUE(is_conflict(paper_.compile(), "/routers/red/port_forwards/a/public",
                          "overlaps /routers/red/port_forwards/b"));
}

TEST_F(PortForward, RefusesAnEndpointInsideARange) {
  paper_.with("port_forwards/a", forward("203.0.113.2:1-1000", "10.1.1.20:1-1000"))
      .with("port_forwards/b", forward("203.0.113.2:10", "10.1.1.21:10"))
      .with("port_forwards/c", forward("203.0.113.2:2000", "10.1.1.21:20"));
  EXPECT_TRUE(is_conflict(paper_.compile(), "/routers/red/port_forwards/b/public"));
}

TEST_F(PortForward, SharesAnAddressWithStaticNatThatWins) {
  paper_.with("port_forwards/web", forward("203.0.113.12:80", "10.1.1.20:80"))
      .with("static_nats/db", R"({"public":"203.0.113.12","private":"10.1.1.12"})");
  EXPECT_EQ(told(paper_.compile()), "accepted");
}

TEST_F(PortForward, RefusesAddressesOfNoNetwork) {
  paper_.with("port_forwards/web", forward("198.51.100.1:80", "10.1.1.20:80"));
  EXPECT_TRUE(is_invalid(paper_.compile(), "/routers/red/port_forwards/web/public",
                         "198.51.100.1 is in no public network of router 'red'"));
  paper_.with("port_forwards/web", forward("203.0.113.2:80", "10.9.9.9:80"));
  EXPECT_TRUE(is_invalid(paper_.compile(), "/routers/red/port_forwards/web/private",
                         "10.9.9.9 is in no guest network of router 'red'"));
}

}  // namespace
}  // namespace viaduct::test
