#include "controlplane/cloudstack/test_support.h"

// Messages of what is kept for later: how each is known, replaced and removed.
namespace viaduct::cloudstack::test {
namespace {

using api::Json;

std::vector<std::string> entries_of(const Appliance& vr, std::string_view type) {
  std::vector<std::string> ids;
  each_of(vr.document.cloudstack_entries, type,
          [&](const std::string& id, const Json& /*content*/) { ids.push_back(id); });
  return ids;
}

TEST(Kept, VpnUsersByTheirNames) {
  Appliance vr{"iso"};
  vr.send("iso-12-vpn_user_list.json");
  EXPECT_THAT(entries_of(vr, "vpnuserlist"),
              testing::ElementsAre("vpnuserlist.alice", "vpnuserlist.bob"));
  vr.send("iso-38-vpn_user_list-remove.json");
  EXPECT_THAT(entries_of(vr, "vpnuserlist"), testing::ElementsAre("vpnuserlist.alice"));
  vr.send("vpnuserlist", R"({"vpn_users":[{"user":"Alice","password":"x","add":true}]})");
  EXPECT_EQ(entries_of(vr, "vpnuserlist").size(), 2) << "names differ in case";
}

TEST(Kept, ConnectionsUntilTheyAreUnmade) {
  Appliance vr{"vpc"};
  vr.send("vpc-13-site_2_site_vpn.json");
  EXPECT_EQ(vr.entry("site2sitevpn.198.51.100.77")["ike_version"], "ikev2");
  EXPECT_FALSE(vr.entry("site2sitevpn.198.51.100.77").contains("ipsec_psk"));
  vr.send("vpc-28-site_2_site_vpn-remove.json");
  EXPECT_EQ(vr.entry("site2sitevpn.198.51.100.77"), Json{});
  vr.send("iso-11-remote_access_vpn.json");
  EXPECT_EQ(entries_of(vr, "remoteaccessvpn").size(), 1);
  vr.send("iso-39-remote_access_vpn-remove.json");
  EXPECT_EQ(entries_of(vr, "remoteaccessvpn").size(), 0);
}

TEST(Kept, BgpPeersAsTheyWereLastTold) {
  Appliance vr{"iso"};
  vr.send("iso-43-bgp_peers.json");
  EXPECT_THAT(entries_of(vr, "bgppeers"), testing::ElementsAre("bgppeers.7.244", "bgppeers.8.244"));
  vr.send("iso-44-bgp_peers-clear.json");
  EXPECT_EQ(entries_of(vr, "bgppeers").size(), 0);
}

TEST(Kept, MonitoringFieldByField) {
  Appliance vr{"iso"};
  vr.send("iso-07-monitor_service.json");
  vr.send("monitorservice", R"({"health_checks_basic_run_interval":5})");
  EXPECT_EQ(vr.entry("monitorservice.vr")["health_checks_basic_run_interval"], 5);
  EXPECT_EQ(vr.entry("monitorservice.vr")["health_checks_advanced_run_interval"], 10);
  EXPECT_TRUE(vr.entry("monitorservice.vr").contains("config"));
}

TEST(Kept, MonitoringAsItMustBe) {
  for (const char* wrong : {R"({"health_checks_config":[]})", R"({"config":[]})",
                            R"({"health_checks_config":{"gateways":["10.0.0.1"]}})",
                            R"({"health_checks_basic_run_interval":"often"})"}) {
    Appliance vr{"iso"};
    EXPECT_THROW(vr.send("monitorservice", wrong), std::runtime_error) << wrong;
  }
}

TEST(Kept, TheLastBalancerWithoutItsKeys) {
  Appliance vr{"iso"};
  vr.send("iso-06-load_balancer.json");
  vr.send("iso-28-load_balancer-ssl.json");
  const Json rule = vr.entry("loadbalancer.vr")["rules"][0];
  EXPECT_EQ(rule["add_rules"], Json({"203.0.113.13:8443:"}));
  EXPECT_TRUE(rule["ssl_certs"][0].contains("cert"));
  EXPECT_FALSE(rule["ssl_certs"][0].contains("key"));
  vr.send("iso-27-load_balancer-empty.json");
  EXPECT_FALSE(vr.entry("loadbalancer.vr").dump().find("vmops") == std::string::npos);
}

TEST(Kept, AnAclAsAWhole) {
  Appliance vr{"vpc"};
  vr.send("vpc-05-network_acl-web.json");
  vr.send("vpc-21-network_acl-web-cleared.json");
  EXPECT_EQ(vr.entry("networkacl.eth3")["ingress_rules"], Json::array());
}

TEST(Kept, RulesOfIpv6ByTheirNumbers) {
  Appliance vr{"iso"};
  vr.send("iso-40-ipv6_firewall_rules.json");
  EXPECT_EQ(entries_of(vr, "ipv6firewallrules").size(), 4);
  EXPECT_TRUE(vr.has_note("not_applied", "ipv6firewallrules"));
}

TEST(Kept, NothingOfADhcpConfiguration) {
  Appliance vr{"shr"};
  const auto before = vr.document;
  vr.send("shr-02-dhcp.json");
  EXPECT_TRUE(vr.document == before);
}

TEST(Kept, ForwardsApartWhoseListsHaveNothingInCommon) {
  Appliance vr{"vpc"};
  const auto forward = [&](const std::string& list, const std::string& guest, bool is_revoked) {
    const Json rule = {{"revoke", is_revoked},
                       {"protocol", "tcp"},
                       {"source_ip_address", "203.0.113.21"},
                       {"source_port_range", "80:80"},
                       {"destination_ip_address", guest},
                       {"destination_port_range", "80:80"},
                       {"source_cidr_list", list}};
    vr.send("forwardrules", Json{{"rules", {rule}}}.dump());
  };
  forward("198.51.100.0/24,192.0.2.0/24", "10.20.1.11", false);
  forward("203.0.113.0/24", "10.20.1.12", false);
  EXPECT_EQ(entries_of(vr, "forwardrules").size(), 2);
  forward("192.0.2.0/24", "10.20.1.13", false);
  EXPECT_EQ(entries_of(vr, "forwardrules").size(), 2) << "a block in common is the same rule";
  EXPECT_EQ(vr.entry("forwardrules.203.0.113.21.tcp.80.192.0.2.0-24")["destination_ip_address"],
            "10.20.1.13");
  forward("198.51.100.0/24", "10.20.1.13", true);
  EXPECT_EQ(entries_of(vr, "forwardrules").size(), 1);
}

}  // namespace
}  // namespace viaduct::cloudstack::test
