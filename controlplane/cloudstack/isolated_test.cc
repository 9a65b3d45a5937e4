#include "controlplane/cloudstack/test_support.h"

// What an isolated network's router becomes, by what guests and the outside are to see.
namespace viaduct::cloudstack::test {
namespace {

using api::Json;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class Isolated : public testing::Test {
 protected:
  Isolated() {
    vr.send("iso-00-cmdline.txt");
    vr.send("iso-50-boot.cfg");
  }
  Appliance vr{"iso"};
};

TEST(BeforeItsCommandLine, ARouterIsNothing) {
  Appliance vr{"iso"};
  vr.send("iso-04-firewall_rules-ingress.json");
  EXPECT_THAT(vr.ids("firewall_rules"), IsEmpty());
  EXPECT_TRUE(vr.has_note("waits", "cmdline"));
  vr.send("iso-00-cmdline.txt");
  EXPECT_EQ(vr.ids("firewall_rules").size(), 9);
}

TEST(OfACommandLineAlone, AnIsolatedNetworkIsClosedBothWays) {
  Appliance vr{"iso"};
  vr.send("iso-00-cmdline.txt");
  EXPECT_THAT(vr.ids("interfaces"), ElementsAre("eth0", "eth2"));
  EXPECT_EQ(vr.resource("interfaces/eth0/")["egress"], "deny");
  EXPECT_THAT(vr.ids("firewall_rules"), IsEmpty());
  EXPECT_EQ(vr.resource("interfaces/eth2")["addresses"], Json({"203.0.113.10/24"}));
}

TEST_F(Isolated, HasItsNetworksOnTheNicsOfTheirMacs) {
  const Json guest = vr.resource("interfaces/eth0");
  EXPECT_EQ(guest["role"], "guest");
  EXPECT_EQ(guest["addresses"], Json({"10.1.1.1/24"}));
  const Json outside = vr.resource("interfaces/eth2");
  EXPECT_EQ(outside["role"], "public");
  EXPECT_EQ(outside["mac"], "1e:00:52:00:01:0a");
  EXPECT_EQ(outside["addresses"],
            Json({"203.0.113.10/24", "203.0.113.11/24", "203.0.113.12/24", "203.0.113.13/24"}));
  EXPECT_EQ(vr.document.ports.at("vr.eth2").device, "net_null2");
  EXPECT_EQ(vr.resource("routes/default"), Json({{"prefix", "0.0.0.0/0"}, {"via", "203.0.113.1"}}));
}

TEST_F(Isolated, LeavesTheControlNicToTheKernel) {
  EXPECT_THAT(vr.ids("interfaces"), ElementsAre("eth0", "eth2"));
  EXPECT_FALSE(vr.document.ports.contains("vr.eth1"));
}

TEST_F(Isolated, ForwardsPortsToGuests) {
  EXPECT_EQ(vr.resource("port_forwards/forwardrules.203.0.113.11.tcp.2222"),
            Json({{"protocol", "tcp"},
                  {"public", "203.0.113.11:2222"},
                  {"private", "10.1.1.11:22"},
                  {"on_remove", "drain"}}));
  EXPECT_EQ(vr.resource("port_forwards/forwardrules.203.0.113.11.tcp.8000-8009")["private"],
            "10.1.1.12:8000-8009");
}

TEST_F(Isolated, MovesAForwardWhoseInsideChanges) {
  vr.send("iso-20-forwarding_rules-update.json");
  EXPECT_EQ(vr.resource("port_forwards/forwardrules.203.0.113.11.tcp.2222")["private"],
            "10.1.1.12:22");
  vr.send("iso-21-forwarding_rules-revoke.json");
  EXPECT_THAT(vr.ids("port_forwards"), ElementsAre("forwardrules.203.0.113.11.tcp.8000-8009",
                                                   "forwardrules.203.0.113.11.udp.5353"));
}

TEST_F(Isolated, ShiftsRangesOneToOne) {
  vr.send("forwardrules", R"({"rules":[{"revoke":false,"protocol":"tcp",
      "source_ip_address":"203.0.113.11","source_port_range":"7000:7010",
      "destination_ip_address":"10.1.1.12","destination_port_range":"8000:8010"}]})");
  EXPECT_EQ(vr.resource("port_forwards/forwardrules.203.0.113.11.tcp.7000-7010")["private"],
            "10.1.1.12:8000-8010");
}

TEST_F(Isolated, ForwardsEverybodyWhateverTheListOfSources) {
  vr.send("forwardrules", R"({"rules":[{"revoke":false,"protocol":"tcp",
      "source_ip_address":"203.0.113.11","source_port_range":"90:90",
      "destination_ip_address":"10.1.1.12","destination_port_range":"90:90",
      "source_cidr_list":"198.51.100.0/24"}]})");
  const Json forward =
      vr.resource("port_forwards/forwardrules.203.0.113.11.tcp.90.198.51.100.0-24");
  EXPECT_EQ(forward["public"], "203.0.113.11:90");
  EXPECT_FALSE(forward.contains("sources"));
}

TEST_F(Isolated, GivesAnAddressToOneGuestInThePlaceOfItsForwards) {
  vr.send("staticnatrules", R"({"rules":[{"revoke":false,"source_ip_address":"203.0.113.11",
      "source_port_range":"0:0","destination_ip_address":"10.1.1.11"}]})");
  EXPECT_EQ(vr.resource("static_nats/staticnatrules.203.0.113.11")["private"], "10.1.1.11");
  EXPECT_THAT(vr.ids("port_forwards"), IsEmpty());
  vr.send("staticnatrules", R"({"rules":[{"revoke":true,"source_ip_address":"203.0.113.11",
      "source_port_range":"0:0","destination_ip_address":"10.1.1.11"}]})");
  EXPECT_THAT(vr.ids("static_nats"), ElementsAre("staticnatrules.203.0.113.12"));
  EXPECT_THAT(vr.ids("port_forwards"), IsEmpty());
}

TEST_F(Isolated, RefusesOnlyTheStaticNatOfAnAddressOutOfNowhere) {
  const std::string why = vr.refusal("staticnatrules", R"({"rules":[{"revoke":false,
      "source_ip_address":"192.0.2.10","destination_ip_address":"10.1.1.12"}]})");
  EXPECT_THAT(why, testing::StartsWith("/parts/0/content/rules/0/source_ip_address: "));
  vr.send("iso-23-firewall_rules-revoke-ingress.json");
  EXPECT_EQ(vr.resource("firewall_rules/firewallrules.1102"), Json{});
}

TEST_F(Isolated, OpensPublicAddressesToWhomItIsTold) {
  EXPECT_EQ(vr.resource("firewall_rules/firewallrules.1104"),
            Json({{"destination", "203.0.113.12"},
                  {"protocol", "tcp"},
                  {"ports", "5432"},
                  {"sources", {"198.51.100.0/24", "203.0.113.200"}},
                  {"on_remove", "drain"}}));
  EXPECT_EQ(vr.resource("firewall_rules/firewallrules.1109"), Json({{"destination", "203.0.113.10"},
                                                                    {"protocol", "icmp"},
                                                                    {"icmp_type", 8},
                                                                    {"icmp_code", 0},
                                                                    {"on_remove", "drain"}}));
  EXPECT_FALSE(vr.resource("firewall_rules/firewallrules.1105").contains("icmp_type"));
}

TEST_F(Isolated, DoesNotChangeARuleThatItKnows) {
  vr.send("firewallrules", R"({"rules":[{"id":1101,"src_ip":"203.0.113.11","protocol":"tcp",
      "src_port_range":[1,65535],"revoked":false,"source_cidr_list":["0.0.0.0/0"],
      "traffic_type":"Ingress","default_egress_policy":false}]})");
  EXPECT_EQ(vr.resource("firewall_rules/firewallrules.1101")["ports"], "2222");
}

TEST_F(Isolated, LetsOutWhatRulesAllowWhereTheOfferingDenies) {
  EXPECT_EQ(vr.resource("interfaces/eth0")["egress"], "deny");
  EXPECT_EQ(vr.resource("egress_rules/firewallrules.1204"),
            Json({{"interface", "eth0"},
                  {"protocol", "tcp"},
                  {"ports", "8000-8099"},
                  {"sources", {"10.1.1.11"}},
                  {"destinations", {"198.51.100.0/24"}},
                  {"on_remove", "drain"}}));
  EXPECT_FALSE(vr.resource("egress_rules/firewallrules.1201").contains("destinations"));
  vr.send("iso-24-firewall_rules-revoke-egress.json");
  EXPECT_EQ(vr.resource("egress_rules/firewallrules.1201"), Json{});
}

TEST(WhereTheOfferingAllows, RulesDenyAndTheSystemsRuleIsWhatAllows) {
  Appliance vr{"iso"};
  vr.send("iso-00-cmdline.txt");
  vr.send("iso-36-firewall_rules-egress-default-allow.json");
  EXPECT_FALSE(vr.resource("interfaces/eth0").contains("egress")) << "allows by default";
  EXPECT_EQ(vr.resource("egress_rules/firewallrules.1301")["ports"], "25");
  vr.send("iso-37-firewall_rules-egress-default-allow-revoke.json");
  EXPECT_EQ(vr.resource("interfaces/eth0")["egress"], "deny");
  EXPECT_THAT(vr.ids("egress_rules"), IsEmpty()) << "or they would let port 25 out";
}

TEST_F(Isolated, LetsSessionsGoOnThatItsPolicyOnceLetGo) {
  EXPECT_EQ(vr.resource("interfaces/eth0")["egress_on_change"], "drain");
}

TEST(OfACommandLineAlone, AnMtuIsNoLargerThanThePacketPathTakes) {
  Appliance vr{"iso"};
  vr.send("iso-00-cmdline.txt");
  ApplianceDocument next = vr.document;
  const auto request = *read_request({{"parts", {{{"type", "ips"}, {"content", json(R"({
      "ip_address":[{"public_ip":"203.0.113.10","source_nat":true,"add":true,"mtu":9000,
      "gateway":"203.0.113.1","netmask":"255.255.255.0","nic_dev_id":"2",
      "vif_mac_address":"1e:00:52:00:01:0a","nw_type":"public"}]})")}}}}});
  const Json notes = apply(request, next, 1900)->notes.to_json();
  const auto wan = api::get(next, api::split_path("routers/vr/interfaces/eth2"));
  EXPECT_EQ(wan.value_or(Json{})["mtu"], 1900);
  EXPECT_THAT(notes.dump(), testing::HasSubstr("is not from 576 to 1900"));
}

TEST_F(Isolated, TellsOfAGatewayThatIsNotInItsNetwork) {
  EXPECT_FALSE(vr.has_note("odd", "gateway"));
  vr.send("ips", R"({"ip_address":[{"public_ip":"203.0.113.10","source_nat":true,"add":true,
      "one_to_one_nat":false,"first_i_p":false,"gateway":"10.9.9.9","netmask":"255.255.255.0",
      "vif_mac_address":"1e:00:52:00:01:0a","nic_dev_id":"2","new_nic":false,
      "nw_type":"public"}]})");
  EXPECT_TRUE(vr.has_note("odd", "gateway"));
}

TEST_F(Isolated, SpeaksAsTheAddressOfTheCommandLineOnEveryNic) {
  vr.send("iso-34-ip_associations-second-vlan.json");
  EXPECT_EQ(
      vr.resource("source_nats"),
      Json({{"ips.203.0.113.10", {{"addresses", {"203.0.113.10"}}, {"on_remove", "drain"}}}}));
  vr.send("iso-35-staticnat_rules-second-vlan.json");
  EXPECT_EQ(vr.resource("static_nats/staticnatrules.192.0.2.10")["private"], "10.1.1.12");
  EXPECT_EQ(vr.resource("routes/default.eth3")["via"], "192.0.2.1");
  EXPECT_EQ(vr.resource("interfaces/eth3")["addresses"], Json({"192.0.2.10/24"}));
}

TEST_F(Isolated, AnswersNoMoreForAReleasedAddress) {
  vr.send("iso-33-ip_associations-release.json");
  EXPECT_EQ(vr.resource("interfaces/eth2")["addresses"],
            Json({"203.0.113.10/24", "203.0.113.12/24", "203.0.113.13/24"}));
  EXPECT_THAT(vr.ids("port_forwards"), IsEmpty());
  EXPECT_TRUE(vr.has_note("waits", "forwardrules"));
  vr.send("iso-01-ip_associations.json");
  EXPECT_EQ(vr.ids("port_forwards").size(), 3);
}

TEST_F(Isolated, TakesUpANetworkWhenItsNicAppears) {
  Appliance late;
  Json nics = nics_of("iso");
  nics.erase(2);
  late.set_nics(nics);
  late.send("iso-00-cmdline.txt");
  late.send("iso-50-boot.cfg");
  EXPECT_EQ(late.misfit(), "");
  EXPECT_THAT(late.ids("interfaces"), ElementsAre("eth0"));
  EXPECT_TRUE(late.has_note("waits", "ips"));
  EXPECT_TRUE(late.has_note("waits", "staticnatrules"));
  late.set_nics(nics_of("iso"));
  EXPECT_EQ(late.resource(""), vr.resource(""));
}

TEST_F(Isolated, FindsANicByItsMacBeforeItsNumber) {
  Json nics = nics_of("iso");
  std::swap(nics[2]["mac"], nics[3]["mac"]);
  vr.set_nics(nics);
  EXPECT_THAT(vr.ids("interfaces"), ElementsAre("eth0", "eth3"));
  EXPECT_EQ(vr.resource("interfaces/eth3")["mac"], "1e:00:52:00:01:0a");
}

TEST(WhereNothingIsTranslated, RulesSpeakOfGuestsThemselves) {
  Appliance vr{"iso"};
  std::string line = sample("iso-00-cmdline.txt");
  line += " is_routed=true eth0ip=198.18.5.1 eth0mask=255.255.255.192";
  vr.last = *vr.ask({{"parts", {{{"cmdline", line}}}}});
  vr.send("iso-01-ip_associations.json");
  EXPECT_EQ(vr.resource("interfaces/eth0")["egress"], "deny") << "from the first packet on";
  vr.send("iso-45-firewall_rules-routed.json");
  EXPECT_EQ(vr.misfit(), "");
  EXPECT_EQ(vr.resource("interfaces/eth2")["role"], "private");
  EXPECT_THAT(vr.ids("source_nats"), IsEmpty());
  EXPECT_EQ(vr.resource("firewall_rules/firewallrules.1501")["destination"], "198.18.5.0/26");
  EXPECT_EQ(vr.resource("firewall_rules/ips.203.0.113.10")["icmp_type"], 8);
  EXPECT_EQ(vr.resource("egress_rules/firewallrules.1502")["sources"], Json({"198.18.5.0/26"}));
}

}  // namespace
}  // namespace viaduct::cloudstack::test
