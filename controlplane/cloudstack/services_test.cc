#include "controlplane/cloudstack/test_support.h"

// What guests are served of what a management server says.
namespace viaduct::cloudstack::test {
namespace {

using api::Json;
using testing::ElementsAre;
using testing::IsEmpty;

class IsolatedGuests : public testing::Test {
 protected:
  IsolatedGuests() {
    vr.send("iso-00-cmdline.txt");
    vr.send("iso-50-boot.cfg");
  }
  // The user data and the names of the files that a guest is served.
  [[nodiscard]] std::vector<std::string> files_of(const std::string& guest) const {
    std::vector<std::string> names;
    const Json items = vr.resource("metadata_guests/" + guest).value("items", Json::object());
    for (const auto& [name, content] : items.items()) names.push_back(name);
    return names;
  }
  Appliance vr{"iso"};
};

TEST_F(IsolatedGuests, AreToldTheirNetwork) {
  const Json subnet = vr.resource("dhcp_subnets/eth0");
  EXPECT_EQ(subnet["subnet"], "10.1.1.0/24");
  EXPECT_EQ(subnet["server"], "10.1.1.1");
  EXPECT_EQ(subnet["router"], "10.1.1.1");
  EXPECT_EQ(subnet["dns_servers"], Json({"10.1.1.1", "198.51.100.53", "198.51.100.54"}));
  EXPECT_EQ(subnet["domain"], "iso1.example.internal");
  EXPECT_EQ(subnet["mtu"], 1500);
  EXPECT_EQ(subnet["lease_time"], 0) << "for ever";
  EXPECT_EQ(subnet["boot_file"], "pxelinux.0");
  EXPECT_FALSE(subnet.contains("ranges")) << "only reservations are served";
}

TEST_F(IsolatedGuests, HaveTheirAddresses) {
  EXPECT_EQ(vr.resource("dhcp_reservations/dhcpentry.10.1.1.11"),
            Json({{"interface", "eth0"},
                  {"mac", "02:01:00:aa:00:11"},
                  {"address", "10.1.1.11"},
                  {"host_name", "web1"}}));
  EXPECT_EQ(vr.resource("dhcp_reservations/dhcpentry.10.1.1.14")["default_interface"], false);
}

TEST_F(IsolatedGuests, GoWithTheirNames) {
  vr.send("iso-29-vm_dhcp_entry-web2-remove.json");
  EXPECT_EQ(vr.resource("dhcp_reservations/dhcpentry.10.1.1.12"), Json{});
  EXPECT_EQ(vr.resource("dns_hosts/dhcpentry.10.1.1.12"), Json{});
}

TEST_F(IsolatedGuests, DoNotTakeTheNameOfTheRouter) {
  vr.send("dhcpentry", R"({"host_name":"Data-Server","mac_address":"02:01:00:aa:00:99",
      "ipv4_address":"10.1.1.99","default_gateway":"10.1.1.1","default_entry":true,
      "remove":false})");
  EXPECT_NE(vr.resource("dhcp_reservations/dhcpentry.10.1.1.99"), Json{});
  EXPECT_EQ(vr.resource("dns_hosts/dhcpentry.10.1.1.99"), Json{});
  EXPECT_TRUE(vr.has_note("odd", "dhcpentry"));
}

TEST_F(IsolatedGuests, HaveOneAddressForTheirMac) {
  vr.send("iso-30-vm_dhcp_entry-web1-newip.json");
  EXPECT_EQ(vr.resource("dhcp_reservations/dhcpentry.10.1.1.11"), Json{});
  EXPECT_EQ(vr.resource("dns_hosts/dhcpentry.10.1.1.21"),
            Json({{"names", {"web1"}}, {"addresses", {"10.1.1.21"}}}));
}

TEST_F(IsolatedGuests, DoNotTakeAddressesThatNoGuestCanHave) {
  for (const std::string address : {"10.1.1.1", "10.1.1.0", "10.1.1.255"}) {
    vr.send("dhcpentry",
            R"({"host_name":"odd","mac_address":"02:01:00:aa:00:99","ipv4_address":")" + address +
                R"(","default_gateway":"10.1.1.1","default_entry":true,
                             "remove":false})");
    EXPECT_TRUE(vr.has_note("odd", "dhcpentry")) << address;
    EXPECT_EQ(vr.misfit(), "") << address;
    EXPECT_EQ(vr.resource("dhcp_reservations/dhcpentry." + address), Json{});
  }
}

TEST_F(IsolatedGuests, MayHaveLeasesThatEnd) {
  vr.send("iso-42-vm_dhcp_entry-lease-time.json");
  EXPECT_EQ(vr.resource("dhcp_reservations/dhcpentry.10.1.1.11")["lease_time"], 3600);
}

TEST_F(IsolatedGuests, AskTheRouterForNames) {
  EXPECT_EQ(vr.resource("dns_settings"),
            Json({{"cmdline",
                   {{"domain", "iso1.example.internal"},
                    {"router_names", {"data-server"}},
                    {"resolvers", {"198.51.100.53", "198.51.100.54"}}}}}));
}

TEST(WithResolversOutside, TheRouterAnswersNoQuestions) {
  Appliance vr{"iso"};
  vr.last = *vr.ask({{"parts",
                      {{{"cmdline", sample("iso-00-cmdline.txt") +
                                        " useextdns=true dnssearchorder=a.test,b.test"}}}}});
  vr.send("iso-08-vm_dhcp_entry-web1.json");
  EXPECT_EQ(vr.misfit(), "");
  EXPECT_EQ(vr.resource("dhcp_subnets/eth0")["dns_servers"],
            Json({"198.51.100.53", "198.51.100.54"}));
  EXPECT_EQ(vr.resource("dhcp_subnets/eth0")["search"], Json({"a.test", "b.test"}));
  EXPECT_THAT(vr.ids("dns_settings"), IsEmpty());
  EXPECT_THAT(vr.ids("dns_hosts"), IsEmpty());
  EXPECT_EQ(vr.resource("interfaces/eth0")["services"], Json({"dhcp", "metadata", "password"}));
}

TEST_F(IsolatedGuests, AreToldAboutThemselves) {
  EXPECT_EQ(vr.resource("metadata_guests/vmdata.10.1.1.11")["user_data"],
            "I2Nsb3VkLWNvbmZpZwpwYWNrYWdlczoKIC0gbmdpbngK");
  EXPECT_EQ(files_of("vmdata.10.1.1.11").size(), 11);
  EXPECT_EQ(vr.resource("metadata_guests/vmdata.10.1.1.13")["items"]["public-ipv4"],
            "203.0.113.12");
}

TEST_F(IsolatedGuests, TellEmptyUserDataFromNone) {
  EXPECT_EQ(vr.resource("metadata_guests/vmdata.10.1.1.12")["user_data"], "") << "null is empty";
  vr.send("iso-32-vm_metadata-web1-clear.json");
  const Json web1 = vr.resource("metadata_guests/vmdata.10.1.1.11");
  EXPECT_FALSE(web1.contains("user_data")) << "an empty text deletes the file";
  EXPECT_FALSE(web1["items"].contains("public-keys"));
}

TEST_F(IsolatedGuests, KeepFilesThatCanBeServedBesideOnesThatCannot) {
  vr.send("vmdata", R"({"vm_ip_address":"10.1.1.11","vm_metadata":[
      ["metadata","a/b","x"],["metadata","vm-id","7"],["password","vm_password","secret"]]})");
  EXPECT_THAT(files_of("vmdata.10.1.1.11"), ElementsAre("vm-id"));
  EXPECT_TRUE(vr.has_note("odd", "vmdata"));
  EXPECT_EQ(vr.entry("vmdata.10.1.1.11").dump().find("secret"), std::string::npos);
}

TEST_F(IsolatedGuests, AreToldPasswordsThatNobodyElseSees) {
  vr.send("iso-10-vm_password-web1.json");
  const auto& passwords = vr.document.routers.at("vr").of<password::Password>();
  EXPECT_EQ(passwords.at("vmpassword.10.1.1.11").password.text(), "t4Wq9ZxK");
  const Json shown = vr.resource("passwords/vmpassword.10.1.1.11");
  EXPECT_EQ(shown["interface"], "eth0");
  EXPECT_TRUE(shown["password"].is_null());
  EXPECT_EQ(vr.entry("vmpassword.10.1.1.11"), Json({{"ip_address", "10.1.1.11"}}));
}

TEST_F(IsolatedGuests, AreKnownByTheirMacTooWhereItIsKnown) {
  vr.send("iso-10-vm_password-web1.json");
  EXPECT_EQ(vr.resource("passwords/vmpassword.10.1.1.11")["mac"], "02:01:00:aa:00:11");
  EXPECT_EQ(vr.resource("metadata_guests/vmdata.10.1.1.11")["mac"], "02:01:00:aa:00:11");
  vr.send("vmpassword", R"({"ip_address":"10.1.1.77","password":"early"})");
  EXPECT_FALSE(vr.resource("passwords/vmpassword.10.1.1.77").contains("mac"));
  vr.send("dhcpentry", R"({"host_name":"late","mac_address":"02:01:00:aa:00:77",
      "ipv4_address":"10.1.1.77","default_gateway":"10.1.1.1","default_entry":true,
      "remove":false})");
  EXPECT_EQ(vr.resource("passwords/vmpassword.10.1.1.77")["mac"], "02:01:00:aa:00:77");
}

TEST_F(IsolatedGuests, LeaveNeitherPasswordsNorUserDataToOthers) {
  vr.send("iso-10-vm_password-web1.json");
  vr.send("dhcpentry", R"({"host_name":"other","mac_address":"02:01:00:aa:00:99",
      "ipv4_address":"10.1.1.11","default_gateway":"10.1.1.1","default_entry":true,
      "remove":false})");
  EXPECT_THAT(vr.ids("passwords"), IsEmpty());
  EXPECT_EQ(vr.resource("metadata_guests/vmdata.10.1.1.11"), Json{});
  EXPECT_NE(vr.resource("metadata_guests/vmdata.10.1.1.12"), Json{});
}

TEST_F(IsolatedGuests, LeaveNothingWhenTheyGo) {
  vr.send("iso-29-vm_dhcp_entry-web2-remove.json");
  EXPECT_EQ(vr.resource("metadata_guests/vmdata.10.1.1.12"), Json{});
  vr.send("iso-30-vm_dhcp_entry-web1-newip.json");
  EXPECT_EQ(vr.resource("metadata_guests/vmdata.10.1.1.11"), Json{}) << "it has another address";
}

TEST_F(IsolatedGuests, KeepTheirUserDataWhenTheirEntryIsTold) {
  const Json before = vr.resource("metadata_guests/vmdata.10.1.1.11");
  vr.send("iso-42-vm_dhcp_entry-lease-time.json");
  EXPECT_EQ(vr.resource("metadata_guests/vmdata.10.1.1.11"), before);
  EXPECT_NE(before, Json{});
}

TEST(SharedNetwork, IsServedAndLeftByAnotherRouter) {
  Appliance vr{"shr"};
  vr.send("shr-00-cmdline.txt");
  vr.send("shr-50-boot.cfg");
  EXPECT_THAT(vr.ids("interfaces"), ElementsAre("eth0"));
  EXPECT_EQ(vr.resource("interfaces/eth0")["addresses"],
            Json({"192.168.100.5/24", "192.168.101.5/24"}));
  const Json first = vr.resource("dhcp_subnets/eth0");
  EXPECT_EQ(first["router"], "192.168.100.1");
  EXPECT_EQ(first["dns_servers"][0], "192.168.100.5");
  const Json second = vr.resource("dhcp_subnets/eth0.192.168.101.5");
  EXPECT_EQ(second["router"], "192.168.101.1");
  EXPECT_EQ(second["server"], "192.168.101.5");
  EXPECT_EQ(second["dns_servers"][0], "192.168.101.5");
  EXPECT_EQ(vr.resource("routes/default")["via"], "192.168.100.1");
  vr.send("dhcpentry", R"({"host_name":"lost","mac_address":"02:01:00:aa:00:98",
      "ipv4_address":"192.168.100.98","default_gateway":"10.0.0.1","default_entry":true,
      "remove":false})");
  EXPECT_EQ(vr.resource("dhcp_subnets/eth0")["router"], "192.168.100.1");
  EXPECT_TRUE(vr.has_note("odd", "dhcpentry")) << "its gateway is not in its network";
  vr.send("dhcpentry", R"({"host_name":"gateway","mac_address":"02:01:00:aa:00:97",
      "ipv4_address":"192.168.100.1","default_gateway":"192.168.100.1","default_entry":true,
      "remove":false})");
  EXPECT_EQ(vr.resource("dhcp_reservations/dhcpentry.192.168.100.1"), Json{});
  EXPECT_EQ(vr.misfit(), "") << "nobody has the gateway's address";
  vr.send("shr-21-ip_aliases-revoke.json");
  EXPECT_EQ(vr.resource("interfaces/eth0")["addresses"], Json({"192.168.100.5/24"}));
  EXPECT_EQ(vr.misfit(), "");
}

}  // namespace
}  // namespace viaduct::cloudstack::test
