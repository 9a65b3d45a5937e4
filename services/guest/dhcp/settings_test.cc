#include "services/guest/dhcp/settings.h"

#include <gtest/gtest.h>

#include "services/guest/dhcp/test_support.h"

namespace viaduct::dhcp::test {
namespace {

using api::Json;

Json subnet_with(const std::string& attribute, const Json& value) {
  Json body = {{"interface", "guest0"}, {"subnet", "10.1.1.0/24"}, {"server", "10.1.1.1"}};
  body[attribute] = value;
  return body;
}
Json reservation_with(const std::string& attribute, const Json& value) {
  Json body = {{"interface", "guest0"}, {"mac", "02:00:00:00:00:11"}, {"address", "10.1.1.11"}};
  body[attribute] = value;
  return body;
}

template <class Resource>
std::string refused_at(const Json& body) {
  const auto resource = api::read<Resource>(body);
  return resource ? "accepted" : resource.error().where;
}

TEST(SubnetSettings, AreWrittenAsTheyWereRead) {
  const Json body = api::parse_json(R"({
    "interface": "guest0", "subnet": "10.1.1.0/24", "server": "10.1.1.1",
    "ranges": ["10.1.1.10-10.1.1.99"], "lease_time": 0, "authoritative": false,
    "router": "10.1.1.1", "dns_servers": ["10.1.1.1", "198.51.100.53"],
    "domain": "iso1.example.internal", "search": ["example.internal"],
    "ntp_servers": ["192.0.2.123"], "mtu": 1400, "routes": ["192.0.2.0/24 via 10.1.1.254"],
    "next_server": "10.1.1.5", "boot_server_name": "boot", "boot_file": "pxelinux.0",
    "tagged_boot_files": ["efi:grubx64.efi"], "matches": ["efi:93=0007"],
    "options": ["43=0102", "efi:150!=0a010105", "44="], "lease_maximum": 50,
    "new_clients_per_second": 7})")
                        .value();
  const auto subnet = api::read<Subnet>(body);
  ASSERT_TRUE(subnet) << subnet.error().where << subnet.error().why;
  EXPECT_EQ(api::write(*subnet), body);
}

TEST(SubnetSettings, AreOfAnIpv4Subnet) {
  for (const char* wrong : {"2001:db8::/64", "10.1.1.1/32", "10.1.1.0/31", "0.0.0.0/0"}) {
    EXPECT_EQ(refused_at<Subnet>(subnet_with("subnet", wrong)), "/subnet") << wrong;
  }
}

TEST(SubnetSettings, HaveRangesOfTheSubnetThatDoNotOverlap) {
  const auto refused = [](const Json& ranges) {
    return refused_at<Subnet>(subnet_with("ranges", ranges));
  };
  EXPECT_EQ(refused(Json::array({"10.1.1.10-10.1.1.20", "10.1.1.21-10.1.1.30"})), "accepted");
  EXPECT_EQ(refused(Json::array({"10.1.1.10-10.1.2.20"})), "/ranges/0");
  EXPECT_EQ(refused(Json::array({"10.1.1.10-10.1.1.20", "10.1.1.20-10.1.1.30"})), "/ranges/1");
  EXPECT_EQ(refused(Json::array({"10.1.1.20-10.1.1.10"})), "/ranges/0");
  EXPECT_EQ(refused(Json::array({"10.1.1.20"})), "/ranges/0");
}

TEST(SubnetSettings, RefuseMoreAddressesThanTheServerKeepsAccountOf) {
  Json body = subnet_with("ranges", Json::array({"10.0.0.1-10.255.255.1"}));
  body["subnet"] = "10.0.0.0/8";
  EXPECT_EQ(refused_at<Subnet>(body), "/ranges");
}

TEST(SubnetSettings, RefuseLeasesThatEndTooSoon) {
  EXPECT_EQ(refused_at<Subnet>(subnet_with("lease_time", 119)), "/lease_time");
  EXPECT_EQ(refused_at<Subnet>(subnet_with("lease_time", 120)), "accepted");
  EXPECT_EQ(refused_at<Reservation>(reservation_with("lease_time", 1)), "/lease_time");
}

TEST(SubnetSettings, NameStationsAndDomains) {
  EXPECT_EQ(refused_at<Subnet>(subnet_with("router", "2001:db8::1")), "/router");
  EXPECT_EQ(refused_at<Subnet>(subnet_with("server", "224.0.0.1")), "/server");
  EXPECT_EQ(refused_at<Subnet>(subnet_with("dns_servers", {"10.1.1.1", "::1"})), "/dns_servers/1");
  EXPECT_EQ(refused_at<Subnet>(subnet_with("domain", "two words")), "/domain");
  EXPECT_EQ(refused_at<Subnet>(subnet_with("search", {"a.example", "a..b"})), "/search/1");
}

TEST(SubnetSettings, RefuseOptionsThatTheServerItselfDecides) {
  for (const char* wrong : {"53=01", "54=0a010101", "51=00000078", "82=00", "0=00", "255=00",
                            "x=00", "43=0", "43=0g", "43", "Big Tag:43=00"}) {
    EXPECT_EQ(refused_at<Subnet>(subnet_with("options", Json::array({wrong}))), "/options/0")
        << wrong;
  }
}

TEST(SubnetSettings, TellWhatTheServerMayGive) {
  const auto subnet =
      api::read<Subnet>(subnet_with("ranges", Json::array({"10.1.1.0-10.1.1.255"}))).value();
  EXPECT_TRUE(subnet.is_in_range(address("10.1.1.2")));
  EXPECT_FALSE(subnet.is_in_range(address("10.1.1.0"))) << "the subnet's own";
  EXPECT_FALSE(subnet.is_in_range(address("10.1.1.255"))) << "its broadcast";
  EXPECT_FALSE(subnet.is_in_range(address("10.1.1.1"))) << "the server's";
}

TEST(ReservationSettings, AreWrittenAsTheyWereRead) {
  const Json body = api::parse_json(R"({
    "interface": "guest0", "mac": "02:00:00:00:00:11", "client_id": "0102000000",
    "address": "10.1.1.11", "host_name": "web1", "lease_time": 3600,
    "default_interface": false, "tags": ["windows"], "options": ["43=0102"]})")
                        .value();
  const auto reservation = api::read<Reservation>(body);
  ASSERT_TRUE(reservation) << reservation.error().where << reservation.error().why;
  EXPECT_EQ(api::write(*reservation), body);
}

TEST(ReservationSettings, AreOfOneStation) {
  EXPECT_EQ(refused_at<Reservation>(reservation_with("mac", "ff:ff:ff:ff:ff:ff")), "/mac");
  EXPECT_EQ(refused_at<Reservation>(reservation_with("mac", "00:00:00:00:00:00")), "/mac");
  EXPECT_EQ(refused_at<Reservation>(reservation_with("address", "255.255.255.255")), "/address");
  EXPECT_EQ(refused_at<Reservation>(reservation_with("client_id", "01")), "/client_id");
  Json body = reservation_with("tags", Json::array());
  body.erase("mac");
  EXPECT_EQ(refused_at<Reservation>(body), "/mac") << "it is nobody's";
}

TEST(DomainNames, AreLettersDigitsAndHyphensBetweenDots) {
  EXPECT_TRUE(is_domain_name("web-1.iso1.example.internal"));
  EXPECT_TRUE(is_domain_name(std::string(63, 'a')));
  for (const std::string& wrong : {std::string{}, std::string{"."}, std::string{"a."},
                                   std::string{".a"}, std::string{"a b"}, std::string(64, 'a')}) {
    EXPECT_FALSE(is_domain_name(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace viaduct::dhcp::test
