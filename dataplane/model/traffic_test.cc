#include "dataplane/model/traffic.h"

#include "tests/model.h"

namespace viaduct::test {
namespace {

constexpr TrafficFacts web{.protocol = Protocol::tcp, .destination_port = 80};
constexpr TrafficFacts ping{.protocol = Protocol::icmp, .icmp_type = 8, .icmp_code = 0};

TEST(Traffic, MeansEverythingWhenItSaysNothing) {
  EXPECT_TRUE(matches(Traffic{}, web));
  EXPECT_TRUE(matches(Traffic{}, ping));
}

TEST(Traffic, MatchesByProtocol) {
  EXPECT_TRUE(matches({.protocol = Protocol::tcp}, web));
  EXPECT_FALSE(matches({.protocol = Protocol::udp}, web));
  EXPECT_TRUE(matches({.protocol = Protocol{132}}, {.protocol = Protocol{132}}));
}

TEST(Traffic, MatchesByDestinationPort) {
  EXPECT_TRUE(matches({.protocol = Protocol::tcp, .ports = PortRange{80, 90}}, web));
  EXPECT_FALSE(matches({.protocol = Protocol::tcp, .ports = PortRange{81, 90}}, web));
}

TEST(Traffic, MatchesByIcmpTypeAndCode) {
  EXPECT_TRUE(matches({.protocol = Protocol::icmp, .icmp_type = 8}, ping));
  EXPECT_TRUE(matches({.protocol = Protocol::icmp, .icmp_type = 8, .icmp_code = 0}, ping));
  EXPECT_FALSE(matches({.protocol = Protocol::icmp, .icmp_type = 8, .icmp_code = 1}, ping));
  EXPECT_FALSE(matches({.protocol = Protocol::icmp, .icmp_type = 0}, ping));
}

TEST(Traffic, HasPortsWithTcpAndUdpOnly) {
  EXPECT_TRUE((Traffic{.protocol = Protocol::udp, .ports = PortRange{53, 53}}.check()));
  EXPECT_TRUE(is_invalid(Traffic{.ports = PortRange{53, 53}}.check(), "/ports"));
  EXPECT_TRUE(is_invalid(Traffic{.protocol = Protocol::icmp, .ports = PortRange{53, 53}}.check(),
                         "/ports"));
}

TEST(Traffic, HasIcmpTypesWithIcmpOnly) {
  EXPECT_TRUE((Traffic{.protocol = Protocol::icmp, .icmp_type = 8, .icmp_code = 0}.check()));
  EXPECT_TRUE(is_invalid(Traffic{.icmp_type = 8}.check(), "/icmp_type"));
  EXPECT_TRUE(is_invalid(Traffic{.protocol = Protocol::tcp, .icmp_type = 8}.check(), "/icmp_type"));
}

TEST(Traffic, HasNoIcmpCodeWithoutType) {
  EXPECT_TRUE(
      is_invalid(Traffic{.protocol = Protocol::icmp, .icmp_code = 0}.check(), "/icmp_code"));
}

TEST(ListOfPrefixes, ListsEverybodyWhenEmpty) {
  EXPECT_TRUE(is_listed({}, address("198.51.100.9")));
}

TEST(ListOfPrefixes, ListsWhatAnyOfThemContains) {
  const std::vector<Prefix> list{prefix("198.51.100.0/24"), prefix("2001:db8::/32")};
  EXPECT_TRUE(is_listed(list, address("198.51.100.9")));
  EXPECT_TRUE(is_listed(list, address("2001:db8::9")));
  EXPECT_FALSE(is_listed(list, address("198.51.101.9")));
}

TEST(ListOfSources, IsOfOneAddressFamily) {
  const std::vector<Prefix> list{prefix("198.51.100.0/24"), prefix("2001:db8::/32")};
  EXPECT_TRUE(is_invalid(check_sources(list, address("203.0.113.2")), "/sources/1"));
  EXPECT_TRUE(is_invalid(check_sources(list, address("2001:db8:1::2")), "/sources/0"));
  EXPECT_TRUE(check_sources({}, address("203.0.113.2")));
}

}  // namespace
}  // namespace viaduct::test
