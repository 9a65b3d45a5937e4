#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/guest/dnsmasq/dhcp.h"

namespace viaduct::dnsmasq {
namespace {

using testing::ElementsAre;

DhcpOption option(std::string_view value) {
  return parse_dhcp_option(value).value();
}
OptionData data(std::string_view value) {
  return option(value).data;
}
std::string why(std::string_view value) {
  const auto result = parse_dhcp_option(value);
  return result ? "accepted" : result.error().why;
}
OptionData addresses(std::initializer_list<std::string_view> texts) {
  std::vector<Address> list;
  for (const auto text : texts) list.push_back(parse_address(text).value());
  return list;
}

TEST(DhcpOption, IsKnownByNumberAndByName) {
  EXPECT_EQ(option("3,10.0.0.1").number, 3);
  EXPECT_EQ(option("option:router,10.0.0.1").number, 3);
  EXPECT_EQ(option("option:ROUTER,10.0.0.1").number, 3);
  EXPECT_EQ(option("option:server-ip-address,10.0.0.1").number, 255);
  EXPECT_EQ(why("option:foo,1"), "no option has the name 'foo'");
  EXPECT_EQ(why("256,1"), "not supported: option number '256'");
}

TEST(DhcpOption, MayHaveNothing) {
  EXPECT_EQ(data("3"), OptionData{});
  EXPECT_EQ(data("tag:red,option:router"), OptionData{});
}

TEST(DhcpOption, HoldsAddresses) {
  EXPECT_EQ(data("6,10.0.0.1,10.0.0.2"), addresses({"10.0.0.1", "10.0.0.2"}));
  EXPECT_EQ(data("250,10.0.0.1"), addresses({"10.0.0.1"}));
  EXPECT_EQ(why("6,10.0.0.300"), "bad IPv4 address '10.0.0.300'");
  EXPECT_EQ(why("6,foo"), "bad IP address 'foo'");
}

TEST(DhcpOption, HoldsText) {
  EXPECT_EQ(data("15,x.example y.example"), OptionData{std::string{"x.example y.example"}});
  EXPECT_EQ(data("66,1.2.3.4"), OptionData{std::string{"1.2.3.4"}});
  EXPECT_EQ(data("67,a,b"), OptionData{std::string{"a,b"}});
  EXPECT_EQ(data("250,1,a"), OptionData{std::string{"1,a"}});
}

TEST(DhcpOption, HoldsNumbersInTheirSize) {
  EXPECT_EQ(data("26,1500"), (OptionData{Octets{5, 220}}));
  EXPECT_EQ(data("23,64"), (OptionData{Octets{64}}));
  EXPECT_EQ(data("2,-3600"), (OptionData{Octets{0xff, 0xff, 0xf1, 0xf0}}));
  EXPECT_EQ(data("250,7"), (OptionData{Octets{7}}));
  EXPECT_EQ(data("250,256"), (OptionData{Octets{1, 0}}));
  EXPECT_EQ(data("250,65536"), (OptionData{Octets{0, 1, 0, 0}}));
  EXPECT_EQ(data("250,7s"), (OptionData{Octets{0, 7}}));
  EXPECT_EQ(data("211,30i"), (OptionData{Octets{0, 0, 0, 30}}));
  EXPECT_EQ(why("250,256b"), "not supported: 256 does not fit in 1 octets");
  EXPECT_EQ(why("53,1"), "a number is no value of this option");
}

TEST(DhcpOption, HoldsTimes) {
  EXPECT_EQ(data("58,30m"), (OptionData{Octets{0, 0, 7, 8}}));
  EXPECT_EQ(data("51,infinite"), (OptionData{Octets{255, 255, 255, 255}}));
}

TEST(DhcpOption, HoldsOctets) {
  EXPECT_EQ(data("128,e4:45:0"), (OptionData{Octets{0xe4, 0x45, 0}}));
  EXPECT_EQ(why("128,e4:*"), "not supported: '*' in 'e4:*'");
}

TEST(DhcpOption, HoldsNames) {
  EXPECT_EQ(data("119,a.example,b.example"), (OptionData{Names{{"a.example", "b.example"}}}));
  EXPECT_EQ(data("120,sip.example"), (OptionData{Names{{"sip.example"}}}));
  EXPECT_EQ(data("120,10.0.0.1"), addresses({"10.0.0.1"}));
}

TEST(DhcpOption, HoldsRoutes) {
  const std::vector<ClasslessRoute> routes{
      {parse_prefix("192.168.1.0/24").value(), parse_address("10.0.0.1").value()},
      {parse_prefix("10.0.0.0/8").value(), parse_address("10.0.0.2").value()}};
  EXPECT_EQ(data("121,192.168.1.0/24,10.0.0.1,10.0.0.0/8,10.0.0.2"), OptionData{routes});
  EXPECT_EQ(why("121,192.168.1.0/24"),
            "not supported: routes other than DESTINATION/LENGTH,ROUTER: '192.168.1.0/24'");
}

TEST(DhcpOption, IsSentByTags) {
  EXPECT_THAT(option("tag:red,tag:!blue,3").tags,
              ElementsAre(TagMatch{"red", true}, TagMatch{"blue", false}));
  EXPECT_THAT(option("10_1_1_20,3").tags, ElementsAre(TagMatch{"10_1_1_20", true}));
  EXPECT_EQ(why("tag:red"), "no option is given");
}

TEST(DhcpOption, IsEncapsulated) {
  const auto vendor = option("vendor:MSFT,2,1i");
  EXPECT_EQ(std::get<DhcpOption::Vendor>(vendor.encapsulation).vendor_class, "MSFT");
  EXPECT_EQ(vendor.number, 2);
  EXPECT_EQ(vendor.data, (OptionData{Octets{0, 0, 0, 1}}));
  EXPECT_EQ(std::get<DhcpOption::Encapsulating>(option("encap:175,190,user").encapsulation).option,
            175);
  EXPECT_EQ(std::get<DhcpOption::Enterprise>(option("vi-encap:2,10,text").encapsulation).number,
            2U);
  EXPECT_EQ(why("encap:175,vendor:a,1,2"),
            "only one of vendor:, encap: and vi-encap: can be given");
}

TEST(DhcpOption, IsReadByItsLookWhenItIsEncapsulatedByNumber) {
  EXPECT_EQ(data("vendor:a,3,foo"), OptionData{std::string{"foo"}});
  EXPECT_EQ(why("vendor:a,option:router,foo"), "bad IP address 'foo'");
}

TEST(DhcpOption, MayBeOfIpv6) {
  const auto resolvers = option("option6:dns-server,[2001:db8::1],[::]");
  EXPECT_TRUE(resolvers.is_ipv6);
  EXPECT_EQ(resolvers.number, 23);
  EXPECT_EQ(resolvers.data, addresses({"2001:db8::1", "::"}));
  EXPECT_EQ(option("option6:300,x").number, 300);
  EXPECT_EQ(why("option6:dns-server,10.0.0.1"), "bad IPv6 address '10.0.0.1'");
  EXPECT_EQ(why("encap:5,option6:5,x"), "unsupported encapsulation for IPv6 option");
}

TEST(DhcpOption, FitsInAPacket) {
  EXPECT_EQ(why("250," + std::string(255, 'x')), "accepted");
  EXPECT_EQ(why("250," + std::string(256, 'x')), "longer than 255 octets");
  EXPECT_EQ(why("option6:100," + std::string(256, 'x')), "accepted");
}

}  // namespace
}  // namespace viaduct::dnsmasq
