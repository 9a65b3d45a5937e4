#include "base/net.h"

#include <gtest/gtest.h>

namespace viaduct {
namespace {

// What parsing and printing again makes of a text; the error if it is refused.
template <class Parse>
std::string again(Parse parse, std::string_view text) {
  const auto value = parse(text);
  return value ? to_string(*value) : "refused: " + value.error().why;
}

template <class Parse>
void expect_refused(Parse parse, std::initializer_list<std::string_view> texts) {
  for (const auto text : texts) EXPECT_FALSE(parse(text)) << text;
}

Address address(std::string_view text) {
  return parse_address(text).value();
}
Prefix prefix(std::string_view text) {
  return parse_prefix(text).value();
}

TEST(Wire, KeepsTheOrderOfBytesOnTheWire) {
  EXPECT_EQ(Be16::of(0x1234).bits(), std::endian::native == std::endian::little ? 0x3412 : 0x1234);
  EXPECT_EQ(Be32::of(0x12345678).host(), 0x12345678U);
  EXPECT_EQ(Wire<std::uint64_t>::of(7).host(), 7U);
}

TEST(MacText, SurvivesTheRoundTripInLowerCase) {
  EXPECT_EQ(again(parse_mac, "02:00:5E:10:00:ff"), "02:00:5e:10:00:ff");
}

TEST(MacText, RefusesOtherSpellings) {
  expect_refused(parse_mac, {"", "02:00:5e:10:00", "02-00-5e-10-00-01", "02:00:5e:10:00:0g",
                             "02:00:5e:10:00:01:", " 2:00:5e:10:00:01", "02:00:5e:10:00:-1"});
}

TEST(Mac, KnowsGroupsFromStations) {
  EXPECT_TRUE(Mac::broadcast().is_broadcast());
  EXPECT_TRUE(parse_mac("01:00:5e:00:00:01")->is_multicast());
  EXPECT_FALSE(parse_mac("02:00:00:00:00:01")->is_multicast());
}

TEST(AddressText, SurvivesTheRoundTripInBothFamilies) {
  for (const auto* text : {"0.0.0.0", "203.0.113.7", "255.255.255.255", "::", "::1", "2001:db8::7",
                           "ff02::1", "::1.2.3.4"}) {
    EXPECT_EQ(again(parse_address, text), text);
  }
}

TEST(AddressText, TakesAMappedAddressForIpv4) {
  EXPECT_EQ(again(parse_address, "::ffff:203.0.113.7"), "203.0.113.7");
}

TEST(AddressText, RefusesWhatIsNoAddress) {
  expect_refused(parse_address, {"", " ", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ",
                                 "1.2.3.4/32", "2001:db8:::1", "fe80::1%eth0", "[::1]", "localhost",
                                 std::string_view{"1.2.3.4\0", 8}});
}

TEST(AddressText, QuotesWhatItRefuses) {
  EXPECT_EQ(again(parse_address, "10.1.1.300"), "refused: '10.1.1.300' is not an IP address");
}

TEST(Address, KnowsWhatOneStationMayHave) {
  for (const auto* text : {"1.0.0.1", "203.0.113.7", "223.255.255.255", "2001:db8::1", "fe80::1"}) {
    EXPECT_TRUE(address(text).is_unicast()) << text;
  }
  for (const auto* text : {"0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1", "240.0.0.1",
                           "255.255.255.255", "::", "::1", "ff02::1"}) {
    EXPECT_FALSE(address(text).is_unicast()) << text;
  }
}

TEST(Address, KnowsGroups) {
  EXPECT_TRUE(address("224.0.0.1").is_multicast());
  EXPECT_TRUE(address("ff02::1").is_multicast());
  EXPECT_FALSE(address("223.255.255.255").is_multicast());
  EXPECT_FALSE(address("e000::1").is_multicast());
}

TEST(Address, ClearsTheBitsOutsideAMask) {
  EXPECT_EQ(address("10.255.255.255").masked(96 + 9), address("10.128.0.0"));
  EXPECT_EQ(address("2001:db8::ffff").masked(0), Address{});
  EXPECT_EQ(address("2001:db8::ffff").masked(128), address("2001:db8::ffff"));
}

TEST(Address, SetsTheBitsOutsideAMask) {
  EXPECT_EQ(address("10.128.0.0").filled(96 + 9), address("10.255.255.255"));
  EXPECT_EQ(address("2001:db8::").filled(65), address("2001:db8::7fff:ffff:ffff:ffff"));
  EXPECT_EQ(address("2001:db8::7").filled(128), address("2001:db8::7"));
}

TEST(Address, ComesInTheOrderOfItsBytes) {
  EXPECT_LT(address("9.255.255.255"), address("10.0.0.0"));
  EXPECT_LT(address("255.255.255.255"), address("2001:db8::"));
  EXPECT_LT(address("2001:db8::ffff"), address("2001:db8:0:1::"));
}

TEST(PrefixText, SurvivesTheRoundTripInBothFamilies) {
  for (const auto* text : {"0.0.0.0/0", "10.0.0.0/8", "10.1.1.4/31", "::/0", "2001:db8::/32",
                           "::fffe:0:0/95", "fe80::/127"}) {
    EXPECT_EQ(again(parse_prefix, text), text);
  }
}

TEST(PrefixText, TakesABareAddressForABlockOfOne) {
  EXPECT_EQ(prefix("10.1.1.4"), Prefix::host(address("10.1.1.4")));
  EXPECT_EQ(again(parse_prefix, "10.1.1.4/32"), "10.1.1.4");
  EXPECT_EQ(again(parse_prefix, "2001:db8::7/128"), "2001:db8::7");
}

TEST(PrefixText, SaysHowToWriteItWhenHostBitsAreSet) {
  EXPECT_EQ(again(parse_prefix, "10.1.1.7/24"),
            "refused: '10.1.1.7/24' has host bits set: write 10.1.1.0/24");
}

TEST(PrefixText, RefusesLengthsThatAreNone) {
  expect_refused(parse_prefix,
                 {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8",
                  "10.0.0.0/8 ", "10.0.0.0/255.0.0.0", "::/129", "/8", "10.0.0.0/4294967304"});
}

TEST(Prefix, ContainsItsOwnFamilyOnly) {
  EXPECT_TRUE(prefix("0.0.0.0/0").contains(address("255.255.255.255")));
  EXPECT_FALSE(prefix("0.0.0.0/0").contains(address("::1")));
  EXPECT_FALSE(prefix("::/0").contains(address("10.0.0.1")));
  EXPECT_TRUE(prefix("10.1.1.0/25").contains(address("10.1.1.127")));
  EXPECT_FALSE(prefix("10.1.1.0/25").contains(address("10.1.1.128")));
}

TEST(Prefix, OverlapsWhatItContainsAndWhatContainsIt) {
  EXPECT_TRUE(prefix("10.0.0.0/8").overlaps(prefix("10.1.0.0/16")));
  EXPECT_TRUE(prefix("10.1.0.0/16").overlaps(prefix("10.0.0.0/8")));
  EXPECT_TRUE(prefix("10.1.0.0/16").overlaps(prefix("10.1.0.0/16")));
  EXPECT_FALSE(prefix("10.1.0.0/16").overlaps(prefix("10.2.0.0/16")));
  EXPECT_FALSE(prefix("::/0").overlaps(prefix("0.0.0.0/0")));
}

TEST(Prefix, EndsAtItsLastAddress) {
  EXPECT_EQ(prefix("10.1.1.0/24").last(), address("10.1.1.255"));
  EXPECT_EQ(prefix("10.1.1.4/31").last(), address("10.1.1.5"));
  EXPECT_EQ(prefix("2001:db8::/127").last(), address("2001:db8::1"));
}

TEST(Prefix, SetsAsideTheFirstAndLastAddressOfAnIpv4Subnet) {
  EXPECT_TRUE(prefix("10.1.1.0/30").sets_aside(address("10.1.1.0")));
  EXPECT_TRUE(prefix("10.1.1.0/30").sets_aside(address("10.1.1.3")));
  EXPECT_FALSE(prefix("10.1.1.0/30").sets_aside(address("10.1.1.1")));
  EXPECT_FALSE(prefix("10.1.1.0/31").sets_aside(address("10.1.1.0")));
  EXPECT_FALSE(prefix("10.1.1.0").sets_aside(address("10.1.1.0")));
  EXPECT_FALSE(prefix("2001:db8::/64").sets_aside(address("2001:db8::")));
}

TEST(InterfaceAddressText, SurvivesTheRoundTrip) {
  for (const auto* text : {"10.1.1.1/24", "10.1.1.4/31", "10.1.1.5/31", "10.1.1.4/32",
                           "2001:db8::1/64", "2001:db8::1/128"}) {
    EXPECT_EQ(again(parse_interface_address, text), text);
  }
}

TEST(InterfaceAddressText, KnowsItsNetwork) {
  EXPECT_EQ(parse_interface_address("10.1.1.1/24")->network, prefix("10.1.1.0/24"));
}

TEST(InterfaceAddressText, RefusesWhatNoStationMayHave) {
  expect_refused(parse_interface_address,
                 {"10.1.1.0/24", "10.1.1.255/24", "224.0.0.1/24", "0.0.0.0/32", "0.0.0.1/8",
                  "127.0.0.1/8", "255.255.255.255/32", "::/64", "::1/128", "ff02::1/64"});
}

TEST(InterfaceAddressText, NeedsTheLength) {
  EXPECT_EQ(again(parse_interface_address, "10.1.1.1"),
            "refused: '10.1.1.1' is not an address with its network's length, as 10.1.1.1/24");
}

TEST(PortText, TakesOneToTheLast) {
  EXPECT_EQ(parse_port("1"), 1);
  EXPECT_EQ(parse_port("65535"), 65535);
  expect_refused(parse_port, {"", "0", "65536", "-1", "+80", " 80", "80 ", "0x50", "http"});
}

TEST(PortRangeText, SurvivesTheRoundTrip) {
  EXPECT_EQ(again(parse_port_range, "80"), "80");
  EXPECT_EQ(again(parse_port_range, "80-90"), "80-90");
  EXPECT_EQ(again(parse_port_range, "80-80"), "80");
  EXPECT_EQ(again(parse_port_range, "1-65535"), "1-65535");
}

TEST(PortRangeText, RefusesReversedAndHalfRanges) {
  EXPECT_EQ(again(parse_port_range, "90-80"), "refused: '90-80' ends before it begins");
  expect_refused(parse_port_range, {"", "-", "80-", "-80", "0-80", "80-90-100", "80,90"});
}

TEST(PortRange, CountsBothEnds) {
  EXPECT_EQ((PortRange{80, 90}.size()), 11U);
  EXPECT_EQ((PortRange{0, 65535}.size()), 65536U);
  EXPECT_TRUE((PortRange{80, 90}.contains(90)));
  EXPECT_FALSE((PortRange{80, 90}.contains(91)));
}

TEST(PortRange, OverlapsWhereOnePortIsShared) {
  EXPECT_TRUE((PortRange{80, 90}.overlaps({90, 100})));
  EXPECT_TRUE((PortRange{80, 90}.overlaps({85, 86})));
  EXPECT_FALSE((PortRange{80, 90}.overlaps({91, 100})));
}

TEST(EndpointText, SurvivesTheRoundTripInBothFamilies) {
  EXPECT_EQ(again(parse_endpoint, "203.0.113.7:80"), "203.0.113.7:80");
  EXPECT_EQ(again(parse_endpoint, "[2001:db8::7]:80"), "[2001:db8::7]:80");
}

TEST(EndpointText, RefusesWhatItCannotTellApart) {
  expect_refused(parse_endpoint, {"", ":", "203.0.113.7", "203.0.113.7:", ":80", "203.0.113.7:0",
                                  "2001:db8::7:80", "[2001:db8::7]", "[2001:db8::7:80", "[]:80",
                                  "[:80", "203.0.113.7:80:80", "203.0.113.7:80-90"});
}

TEST(EndpointRangeText, SurvivesTheRoundTripInBothFamilies) {
  EXPECT_EQ(again(parse_endpoint_range, "203.0.113.7:80-90"), "203.0.113.7:80-90");
  EXPECT_EQ(again(parse_endpoint_range, "203.0.113.7:80"), "203.0.113.7:80");
  EXPECT_EQ(again(parse_endpoint_range, "[2001:db8::7]:80-90"), "[2001:db8::7]:80-90");
  expect_refused(parse_endpoint_range, {"203.0.113.7:90-80", "203.0.113.7", "203.0.113.7:0-9"});
}

TEST(ProtocolText, PrefersNamesToNumbers) {
  EXPECT_EQ(again(parse_protocol, "6"), "tcp");
  EXPECT_EQ(again(parse_protocol, "esp"), "esp");
  EXPECT_EQ(again(parse_protocol, "gre"), "gre");
  EXPECT_EQ(again(parse_protocol, "132"), "132");
  EXPECT_EQ(again(parse_protocol, "0"), "0");
  expect_refused(parse_protocol, {"", "256", "-1", "TCP", "tcp ", "sctp"});
}

TEST(Tuple, ReversesIntoTheOtherDirection) {
  const Tuple tuple{Protocol::tcp, *parse_endpoint("10.1.1.2:40000"),
                    *parse_endpoint("198.51.100.9:80")};
  EXPECT_EQ(to_string(tuple), "10.1.1.2:40000 > 198.51.100.9:80");
  EXPECT_EQ(to_string(tuple.reversed()), "198.51.100.9:80 > 10.1.1.2:40000");
  EXPECT_EQ(tuple.reversed().reversed(), tuple);
}

}  // namespace
}  // namespace viaduct
