#include "controlplane/cloudstack/test_support.h"

// Routers of VPCs, of pairs and of internal load balancers. Where something is not applied yet,
// they are closed rather than open.
namespace viaduct::cloudstack::test {
namespace {

using api::Json;
using testing::ElementsAre;
using testing::IsEmpty;

class Vpc : public testing::Test {
 protected:
  Vpc() {
    for (const char* name : {"vpc-00-cmdline.txt", "vpc-01-ip_associations-sourcenat.json",
                             "vpc-02-ip_associations-privategw.json",
                             "vpc-03-guest_network-web.json", "vpc-03-guest_network-app.json",
                             "vpc-03-guest_network-db.json", "vpc-04-static_routes.json"}) {
      vr.send(name);
    }
  }
  void boot_tiers() {
    for (const char* name :
         {"vpc-50-boot-tier-web.cfg", "vpc-51-boot-tier-app.cfg", "vpc-52-boot-tier-db.cfg"}) {
      vr.send(name);
    }
  }
  Appliance vr{"vpc"};
};

TEST_F(Vpc, HasTiersThatAreApart) {
  EXPECT_THAT(vr.ids("interfaces"), ElementsAre("eth1", "eth3", "eth4", "eth5"));
  EXPECT_FALSE(vr.resource("interfaces/eth3").contains("egress")) << "everything may leave";
  EXPECT_EQ(vr.resource("egress_rules/guestnetwork.eth3")["destinations"],
            Json({"10.20.0.0/16", "172.31.0.0/24", "192.168.50.0/24", "192.168.60.0/22"}))
      << "but not to other tiers, nor to the private gateway";
  EXPECT_EQ(vr.resource("source_nats/ips.203.0.113.20")["addresses"], Json({"203.0.113.20"}));
}

TEST_F(Vpc, KeepsInWhatAnAclDeniesToLeave) {
  boot_tiers();
  EXPECT_EQ(vr.resource("interfaces/eth5")["egress"], "deny");
  EXPECT_FALSE(vr.resource("interfaces/eth4").contains("egress")) << "its list has no egress rules";
  EXPECT_TRUE(vr.has_note("not_applied", "networkacl"));
  vr.send("vpc-21-network_acl-web-cleared.json");
  EXPECT_FALSE(vr.resource("interfaces/eth3").contains("egress")) << "an empty list lets all out";
}

TEST_F(Vpc, OpensNothingToTheOutsideButPings) {
  boot_tiers();
  EXPECT_THAT(vr.ids("firewall_rules"),
              ElementsAre("ips.203.0.113.20", "ips.203.0.113.21", "ips.203.0.113.23"));
  EXPECT_EQ(vr.resource("firewall_rules/ips.203.0.113.20")["icmp_type"], 8);
}

TEST_F(Vpc, ForwardsWhoIsListed) {
  boot_tiers();
  const std::string listed = "port_forwards/forwardrules.203.0.113.21.tcp.8443.198.51.100.0-24";
  EXPECT_EQ(vr.resource(listed)["sources"], Json({"198.51.100.0/24", "203.0.113.200"}));
  EXPECT_FALSE(vr.resource("port_forwards/forwardrules.203.0.113.21.tcp.22").contains("sources"));
  vr.send("vpc-29-forwarding_rules-revoke.json");
  EXPECT_EQ(vr.resource(listed), Json{});
}

TEST_F(Vpc, TellsGuestsTheGatewayOfTheirTierFirst) {
  boot_tiers();
  const Json subnet = vr.resource("dhcp_subnets/eth5");
  EXPECT_EQ(subnet["router"], "10.20.3.1");
  EXPECT_EQ(subnet["dns_servers"], Json({"10.20.3.1", "198.51.100.53", "198.51.100.54"}));
  EXPECT_EQ(subnet["domain"], "vpc1.example.internal");
  EXPECT_FALSE(subnet.contains("boot_file"));
  EXPECT_EQ(vr.resource("dhcp_reservations/dhcpentry.10.20.3.11")["interface"], "eth5");
}

TEST_F(Vpc, SetsATierOnce) {
  const Json before = vr.entry("guestnetwork.eth3");
  vr.send("vpc-33-guest_network-web-dualstack.json");
  EXPECT_EQ(vr.entry("guestnetwork.eth3"), before);
  EXPECT_TRUE(vr.has_note("ignored", "guestnetwork"));
  vr.send("vpc-26-guest_network-db-remove.json");
  EXPECT_EQ(vr.resource("interfaces/eth5"), Json{});
  EXPECT_EQ(vr.misfit(), "");
}

TEST_F(Vpc, KeepsPrivateGatewaysAndTheirRoutesForLater) {
  EXPECT_EQ(vr.resource("interfaces/eth2"), Json{});
  EXPECT_TRUE(vr.has_note("not_applied", "ips"));
  EXPECT_TRUE(vr.has_note("not_applied", "staticroutes"));
  vr.send("vpc-25-static_routes-revoke.json");
  EXPECT_EQ(vr.entry("staticroutes.192.168.60.0-22"), Json{});
  EXPECT_NE(vr.entry("staticroutes.192.168.50.0-24"), Json{});
}

TEST_F(Vpc, SpeaksAsItsStaticNatUntilThatEnds) {
  boot_tiers();
  EXPECT_EQ(vr.resource("static_nats/staticnatrules.203.0.113.22")["private"], "10.20.1.12");
  vr.send("vpc-30-staticnat_rules-revoke.json");
  EXPECT_THAT(vr.ids("static_nats"), IsEmpty());
  EXPECT_NE(vr.resource("firewall_rules/ips.203.0.113.22"), Json{}) << "and answers pings itself";
}

TEST(RedundantPair, HasOneThatActs) {
  Appliance primary{"rvr"};
  Appliance backup{"rvr"};
  primary.send("rvr-00-cmdline-a.txt");
  backup.send("rvr-00-cmdline-b.txt");
  for (Appliance* vr : {&primary, &backup}) {
    vr->send("rvr-50-boot.cfg");
    EXPECT_EQ(vr->misfit(), "");
    EXPECT_TRUE(vr->has_note("not_applied", "cmdline"));
  }
  EXPECT_EQ(primary.resource("interfaces/eth0")["addresses"][0], "10.3.3.1/24");
  EXPECT_EQ(primary.resource("dhcp_subnets/eth0")["server"], "10.3.3.1");
  EXPECT_EQ(primary.resource("dhcp_subnets/eth0")["router"], "10.3.3.1");
  EXPECT_FALSE(primary.resource("interfaces/eth0").contains("egress")) << "allows by default";
  EXPECT_EQ(primary.ids("port_forwards").size(), 1);
  EXPECT_THAT(backup.ids("interfaces"), IsEmpty());
  EXPECT_THAT(backup.ids("dhcp_subnets"), IsEmpty());
  EXPECT_NE(backup.entry("ips.203.0.113.31"), Json{}) << "holds everything all the same";
}

TEST(InternalBalancer, IsInItsTierAndServesNothingYet) {
  Appliance vr{"ilb"};
  vr.send("ilb-00-cmdline.txt");
  vr.send("ilb-01-load_balancer.json");
  EXPECT_EQ(vr.resource("interfaces/eth0")["addresses"], Json({"10.20.2.200/24"}));
  EXPECT_EQ(vr.resource("interfaces/eth0")["services"], Json::array());
  EXPECT_THAT(vr.ids("dhcp_subnets"), IsEmpty());
  EXPECT_TRUE(vr.has_note("not_applied", "loadbalancer"));
  EXPECT_EQ(vr.misfit(), "");
}

}  // namespace
}  // namespace viaduct::cloudstack::test
