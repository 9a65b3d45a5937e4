#include "services/guest/document.h"

#include <gtest/gtest.h>

#include "api/document_path.h"

namespace viaduct::guest::test {
namespace {

using api::Json;

class GuestDocument : public testing::Test {
 protected:
  GuestDocument() {
    set("interfaces/guest0", R"({"addresses":["10.1.1.1/24"],"services":["dhcp","dns"]})");
    set("interfaces/guest1", R"({"addresses":["10.1.2.1/24"],"services":["dhcp"]})");
    set("metadata_networks/guest0", "{}");
    set("password_networks/guest0", "{}");
  }
  void set(const std::string& place, const std::string& body) {
    document_.routers["red"];
    const auto done =
        api::put(document_, api::split_path("routers/red/" + place), api::parse_json(body).value());
    ASSERT_TRUE(done) << done.error().where << ": " << done.error().why;
  }
  // Where the router does not fit together, or "".
  [[nodiscard]] std::string complaint(const Router& before = {}) const {
    const auto fits = check(document_.routers.at("red"), before);
    return fits ? "" : fits.error().where;
  }
  Document document_;
};

TEST_F(GuestDocument, FitsTogether) {
  set("dhcp_subnets/a", R"({"interface":"guest0","subnet":"10.1.1.0/24","server":"10.1.1.1"})");
  set("dhcp_reservations/web1",
      R"({"interface":"guest0","mac":"02:00:00:00:00:11","address":"10.1.1.11"})");
  set("dns_settings/dns", R"({"domain":"example.internal"})");
  set("metadata_guests/web1", R"({"interface":"guest0","address":"10.1.1.11"})");
  set("passwords/web1", R"({"interface":"guest0","address":"10.1.1.11","password":"x"})");

  EXPECT_EQ(complaint(), "");
}

TEST_F(GuestDocument, SubnetsAreOfInterfacesThatHaveTheServersAddress) {
  set("dhcp_subnets/a", R"({"interface":"guest0","subnet":"10.1.1.0/24","server":"10.1.1.2"})");
  EXPECT_EQ(complaint(), "/dhcp_subnets/a/server");
  set("dhcp_subnets/a", R"({"interface":"guest7","subnet":"10.1.1.0/24","server":"10.1.1.1"})");
  EXPECT_EQ(complaint(), "/dhcp_subnets/a/interface");
}

TEST_F(GuestDocument, SubnetsOfOneInterfaceDoNotOverlap) {
  set("dhcp_subnets/a", R"({"interface":"guest0","subnet":"10.1.1.0/24","server":"10.1.1.1"})");
  set("dhcp_subnets/b", R"({"interface":"guest0","subnet":"10.1.1.0/25","server":"10.1.1.1"})");
  EXPECT_EQ(complaint(), "/dhcp_subnets/b/subnet");
}

TEST_F(GuestDocument, AnAddressAndAGuestAreReservedOnceInANetwork) {
  set("dhcp_reservations/a",
      R"({"interface":"guest0","mac":"02:00:00:00:00:11","address":"10.1.1.11"})");
  set("dhcp_reservations/b",
      R"({"interface":"guest0","mac":"02:00:00:00:00:12","address":"10.1.1.11"})");
  EXPECT_EQ(complaint(), "/dhcp_reservations/b/address");
  set("dhcp_reservations/b",
      R"({"interface":"guest0","mac":"02:00:00:00:00:11","address":"10.1.1.12"})");
  EXPECT_EQ(complaint(), "/dhcp_reservations/b/mac");
  set("dhcp_reservations/b",
      R"({"interface":"guest1","mac":"02:00:00:00:00:11","address":"10.1.2.12"})");
  EXPECT_EQ(complaint(), "");
}

TEST_F(GuestDocument, NothingIsReservedThatNoGuestMayHave) {
  const auto complaint_of = [&](const std::string& address) {
    set("dhcp_reservations/a",
        R"({"interface":"guest0","mac":"02:00:00:00:00:11","address":")" + address + "\"}");
    return complaint();
  };
  EXPECT_EQ(complaint_of("10.1.1.1"), "/dhcp_reservations/a/address") << "the router's";
  EXPECT_EQ(complaint_of("10.1.1.0"), "/dhcp_reservations/a/address");
  EXPECT_EQ(complaint_of("10.1.1.255"), "/dhcp_reservations/a/address");
  EXPECT_EQ(complaint_of("10.9.9.255"), "") << "its subnet may follow";
  EXPECT_EQ(complaint_of("10.1.1.254"), "");
  const Router before = document_.routers.at("red");
  set("dhcp_subnets/a", R"({"interface":"guest0","subnet":"10.1.1.0/24","server":"10.1.1.1",
                            "router":"10.1.1.254"})");
  EXPECT_EQ(complaint(before), "/dhcp_reservations/a/address") << "it is the gateway now";
}

TEST_F(GuestDocument, ARouterHasOneSettingOfDnsAtMost) {
  set("dns_settings/a", "{}");
  set("dns_settings/b", "{}");
  EXPECT_EQ(complaint(), "/dns_settings/b");
}

TEST_F(GuestDocument, MetadataAndPasswordsAreOfNetworksThatServeThem) {
  set("metadata_guests/web1", R"({"interface":"guest1","address":"10.1.2.11"})");
  EXPECT_EQ(complaint(), "/metadata_guests/web1/interface");
  set("metadata_networks/guest1", "{}");
  EXPECT_EQ(complaint(), "");
  set("passwords/web1", R"({"interface":"guest1","address":"10.1.2.11"})");
  EXPECT_EQ(complaint(), "/passwords/web1/interface");
  set("password_networks/guest9", "{}");
  EXPECT_EQ(complaint(), "/password_networks/guest9");
}

TEST_F(GuestDocument, WhatIsLeftOfANetworkThatGoesIsNoticed) {
  set("metadata_guests/web1", R"({"interface":"guest0","address":"10.1.1.11"})");
  const Router before = document_.routers.at("red");
  ASSERT_EQ(complaint(), "");
  document_.routers.edit("red")->of<metadata::Settings>().erase("guest0");

  EXPECT_EQ(complaint(before), "/metadata_guests/web1/interface");
}

}  // namespace
}  // namespace viaduct::guest::test
