#include "services/guest/dnsmasq/dhcp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace viaduct::dnsmasq {
namespace {

using testing::ElementsAre;

Address address(std::string_view text) {
  return parse_address(text).value();
}
Prefix prefix(std::string_view text) {
  return parse_prefix(text).value();
}
template <class Value>
std::string why(const Result<Value>& result) {
  return result ? "accepted" : result.error().why;
}

TEST(DhcpRange, GivesOutAddresses) {
  const auto range = parse_dhcp_range("10.0.0.2,10.0.0.9").value();
  EXPECT_EQ(range.first, address("10.0.0.2"));
  EXPECT_EQ(range.last, address("10.0.0.9"));
  EXPECT_TRUE(range.is_dynamic);
  EXPECT_FALSE(range.network);
  EXPECT_FALSE(range.lease_seconds);
}

TEST(DhcpRange, IsPutInOrder) {
  const auto range = parse_dhcp_range("10.0.0.9,10.0.0.2").value();
  EXPECT_EQ(range.first, address("10.0.0.2"));
  EXPECT_EQ(range.last, address("10.0.0.9"));
}

TEST(DhcpRange, OnlyHasReservationsWhenItIsStatic) {
  const auto range = parse_dhcp_range("set:interface-eth0-0,10.1.1.1,static").value();
  EXPECT_FALSE(range.is_dynamic);
  EXPECT_EQ(range.first, address("10.1.1.1"));
  EXPECT_EQ(range.set_tag, "interface-eth0-0");
}

TEST(DhcpRange, HasNetmaskBroadcastAndLease) {
  const auto range = parse_dhcp_range("10.0.0.2,10.0.0.9,255.255.255.0,10.0.0.255,12h").value();
  EXPECT_EQ(range.network, prefix("10.0.0.0/24"));
  EXPECT_EQ(range.broadcast, address("10.0.0.255"));
  EXPECT_EQ(range.lease_seconds, 12U * 3600);
}

TEST(DhcpRange, LeasesForTwoMinutesAtLeast) {
  EXPECT_EQ(parse_dhcp_range("10.0.0.2,10.0.0.9,1").value().lease_seconds, 120U);
}

TEST(DhcpRange, MatchesTagsAndSetsOne) {
  const auto range = parse_dhcp_range("tag:red,tag:!blue,set:green,10.0.0.2,static").value();
  EXPECT_THAT(range.tags, ElementsAre(TagMatch{"red", true}, TagMatch{"blue", false}));
  EXPECT_EQ(range.set_tag, "green");
}

TEST(DhcpRange, TakesTagsWithoutPrefix) {
  EXPECT_EQ(parse_dhcp_range("red,10.0.0.2,static").value().set_tag, "red");
  EXPECT_EQ(why(parse_dhcp_range("red,blue,10.0.0.2,static")), "only one tag can be set");
}

TEST(DhcpRange, StaysInItsNetwork) {
  EXPECT_EQ(why(parse_dhcp_range("10.0.0.2,10.0.1.9,255.255.255.0")),
            "inconsistent range: 10.0.1.9 is not in 10.0.0.0/24");
  EXPECT_EQ(why(parse_dhcp_range("10.0.0.2,10.0.0.9,255.0.255.0")),
            "not supported: netmask 255.0.255.0 has holes");
}

TEST(DhcpRange, OfIpv6HasAPrefixOf64) {
  const auto range = parse_dhcp_range("2001:db8::2,2001:db8::9,infinite").value();
  EXPECT_EQ(range.network, prefix("2001:db8::/64"));
  EXPECT_EQ(range.lease_seconds, infinite_lease);
  EXPECT_TRUE(range.is_dynamic);
  EXPECT_EQ(parse_dhcp_range("2001:db8::2,2001:db8::9,80").value().network,
            prefix("2001:db8::/80"));
  EXPECT_EQ(why(parse_dhcp_range("2001:db8::2,2001:db8::9,63")),
            "prefix length must be at least 64");
}

TEST(DhcpRange, OfIpv6SaysHowItIsAdvertised) {
  const auto range = parse_dhcp_range("2001:db8::,ra-stateless,ra-names,64,1h").value();
  EXPECT_TRUE(range.advertisement.stateless);
  EXPECT_TRUE(range.advertisement.names);
  EXPECT_FALSE(range.advertisement.slaac);
  EXPECT_FALSE(range.is_dynamic);
  EXPECT_EQ(why(parse_dhcp_range("2001:db8::,ra-only,65")),
            "prefix length must be exactly 64 where the router is advertised");
}

TEST(DhcpRange, OfIpv6MayTakeItsPrefixFromAnInterface) {
  EXPECT_EQ(parse_dhcp_range("::1,::400,constructor:eth0").value().constructor, "eth0");
  EXPECT_EQ(why(parse_dhcp_range("2001:db8::,constructor:eth0")),
            "prefix must be zero with 'constructor:'");
}

TEST(DhcpHost, IsAReservation) {
  const auto host = parse_dhcp_host("02:00:0a:01:01:0b,set:10_1_1_11,10.1.1.11,web1,infinite");
  ASSERT_TRUE(host);
  EXPECT_THAT(host->macs, ElementsAre(MacPattern{parse_mac("02:00:0a:01:01:0b").value(), 0}));
  EXPECT_THAT(host->set_tags, ElementsAre("10_1_1_11"));
  EXPECT_EQ(host->address, address("10.1.1.11"));
  EXPECT_EQ(host->name, "web1");
  EXPECT_EQ(host->lease_seconds, infinite_lease);
}

TEST(DhcpHost, TakesItsWordsInAnyOrder) {
  const auto host = parse_dhcp_host("web,45m,[2001:db8::4/126],10.0.0.5,tag:!a,ignore").value();
  EXPECT_EQ(host.name, "web");
  EXPECT_EQ(host.lease_seconds, 45U * 60);
  EXPECT_EQ(host.address, address("10.0.0.5"));
  EXPECT_THAT(host.addresses6, ElementsAre(prefix("2001:db8::4/126")));
  EXPECT_THAT(host.tags, ElementsAre(TagMatch{"a", false}));
  EXPECT_TRUE(host.is_ignored);
}

TEST(DhcpHost, HasWildcardsInItsMac) {
  const auto host = parse_dhcp_host("02:0:*:*:*:ff,set:red").value();
  ASSERT_EQ(host.macs.size(), 1U);
  EXPECT_EQ(host.macs[0].address, parse_mac("02:00:00:00:00:ff").value());
  EXPECT_EQ(host.macs[0].wildcards, 0b011100);
}

TEST(DhcpHost, IsKnownByItsClientIdentifier) {
  EXPECT_EQ(parse_dhcp_host("id:01:02:03").value().client_id, (Octets{1, 2, 3}));
  EXPECT_EQ(parse_dhcp_host("id:abc").value().client_id, (Octets{'a', 'b', 'c'}));
  EXPECT_TRUE(parse_dhcp_host("id:*").value().ignores_client_id);
}

TEST(DhcpHost, TellsNumbersFromNames) {
  EXPECT_EQ(parse_dhcp_host("10h").value().lease_seconds, 36000U);
  EXPECT_EQ(parse_dhcp_host("10h10").value().name, "10h10");
  EXPECT_EQ(parse_dhcp_host("10.0.0.300").value().name, "10.0.0.300");
  EXPECT_EQ(parse_dhcp_host("h").value().name, "h");
}

TEST(DhcpHost, RefusesNamesThatNoHostHas) {
  for (const auto* name : {"-web", "_web", "we b", "web!", "*"}) {
    EXPECT_EQ(why(parse_dhcp_host(name)), "bad host name '" + std::string{name} + "'");
  }
}

TEST(DhcpHost, SaysWhichHardwareItDoesNotKnow) {
  EXPECT_EQ(why(parse_dhcp_host("06-00:20:e0:3b:13:af,a")),
            "not supported: hardware addresses other than Ethernet's: '06-00:20:e0:3b:13:af'");
  EXPECT_EQ(why(parse_dhcp_host("02:00:00:00:00:0g")), "'02:00:00:00:00:0g' is not hexadecimal");
  EXPECT_EQ(why(parse_dhcp_host("[2001:db8::5/126]")),
            "bad IPv6 prefix '[2001:db8::5/126]': host bits are set");
}

TEST(DhcpBoot, HasAFileAndMayHaveAServer) {
  const auto boot = parse_dhcp_boot("tag:red,pxelinux.0,boothost,10.0.0.1").value();
  EXPECT_THAT(boot.tags, ElementsAre(TagMatch{"red", true}));
  EXPECT_EQ(boot.file, "pxelinux.0");
  EXPECT_EQ(boot.server_name, "boothost");
  EXPECT_EQ(boot.server, "10.0.0.1");
  EXPECT_EQ(why(parse_dhcp_boot("tag:red")), "no file is given");
}

TEST(DhcpIgnore, MatchesTagsInEitherSpelling) {
  EXPECT_THAT(parse_dhcp_ignore("tag:!known,#b,c").value().tags,
              ElementsAre(TagMatch{"known", false}, TagMatch{"b", false}, TagMatch{"c", true}));
}

}  // namespace
}  // namespace viaduct::dnsmasq
