#include "dataplane/interface/interface.h"

#include "tests/model.h"

namespace viaduct::test {
namespace {

using interface::Interface;
using interface::Port;

Result<Port> port(std::string_view device) {
  return api::read<Port>({{"device", device}});
}

Result<Interface> foot(std::string_view body) {
  return api::read<Interface>(json(body));
}

TEST(Port, TakesPciAddressesAndVirtualDevices) {
  for (const auto* device :
       {"0000:00:04.0", "abcd:ef:1f.7,arg=1", "net_af_packet0,iface=wan0", "net_ring0", "net_null7",
        "net_memif0,socket=/run/memif.sock,role=server", "net_tap0,iface=tap0",
        "net_virtio_user1"}) {
    EXPECT_TRUE(port(device)) << device;
  }
}

TEST(Port, RefusesDriversThatReadOrWriteFiles) {
  EXPECT_TRUE(is_invalid(port("net_pcap0,rx_pcap=/etc/shadow"), "/device",
                         "'net_pcap0' is neither a PCI address nor a numbered virtual device of "
                         "net_af_packet, "));
}

TEST(Port, RefusesWhatIsNoDevice) {
  for (const auto* device :
       {"", ",", "eth0", "net_ring", "net_ring0 --vdev=net_pcap0", "00:04.0", "0000:00:04.g",
        "0000:00:04", "0000:00:04.0x", "NET_RING0", "net_ring0,\n", "net_ring0,iface=\u00fc"}) {
    EXPECT_TRUE(is_invalid(port(device), "/device")) << device;
  }
}

TEST(Port, TakesTheNameOfANamespaceOnly) {
  const auto in = [](std::string_view name) {
    return api::read<Port>({{"device", "net_ring0"}, {"namespace", name}});
  };
  EXPECT_TRUE(in("lab-switch"));
  EXPECT_TRUE(in(""));
  EXPECT_TRUE(is_invalid(in("../../etc"), "/namespace"));
  EXPECT_TRUE(is_invalid(in("/proc/1/ns/net"), "/namespace"));
}

TEST(Port, KnowsItsDeviceWithoutTheArguments) {
  EXPECT_EQ(port("net_af_packet0,iface=wan0")->device_name(), "net_af_packet0");
  EXPECT_EQ(port("0000:00:04.0")->device_name(), "0000:00:04.0");
}

TEST(Interface, NeedsARoleAndAPort) {
  EXPECT_TRUE(is_invalid(foot(R"({"port":"lan"})"), "/role"));
  EXPECT_TRUE(is_invalid(foot(R"({"role":"guest"})"), "/port"));
  EXPECT_TRUE(foot(R"({"role":"guest","port":"lan"})"));
}

TEST(Interface, SurvivesTheRoundTrip) {
  constexpr auto text =
      R"({"role":"guest","port":"lan","vlan":7,"mac":"02:00:00:00:00:01",)"
      R"("addresses":["10.1.1.1/24"],"mtu":9000,"egress":"deny","egress_on_change":"drain",)"
      R"("services":["dhcp","ssh"]})";
  EXPECT_EQ(api::write(*foot(text)).dump(), text);
}

TEST(Interface, LeavesDefaultsOut) {
  EXPECT_EQ(api::write(*foot(R"({"role":"public","port":"wan","vlan":0,"mtu":1500,"addresses":[],)"
                             R"("egress":"allow"})"))
                .dump(),
            R"({"role":"public","port":"wan"})");
}

TEST(Interface, TellsNoServicesFromTheUsualOnes) {
  EXPECT_EQ(api::write(*foot(R"({"role":"guest","port":"lan","services":[]})")).dump(),
            R"({"role":"guest","port":"lan","services":[]})");
}

TEST(Interface, KeepsNumbersWithinTheirRanges) {
  EXPECT_TRUE(is_invalid(foot(R"({"role":"guest","port":"lan","vlan":4095})"), "/vlan"));
  EXPECT_TRUE(is_invalid(foot(R"({"role":"guest","port":"lan","mtu":575})"), "/mtu"));
  EXPECT_TRUE(is_invalid(foot(R"({"role":"guest","port":"lan","mtu":9001})"), "/mtu"));
}

TEST(Interface, HasTheEthernetAddressOfOneStation) {
  for (const auto* mac : {"ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", "00:00:00:00:00:00"}) {
    EXPECT_TRUE(is_invalid(api::read<Interface>({{"role", "guest"}, {"port", "lan"}, {"mac", mac}}),
                           "/mac"));
  }
}

TEST(Interface, ListsEachAddressOnce) {
  EXPECT_TRUE(
      is_invalid(foot(R"({"role":"guest","port":"lan","addresses":["10.1.1.1/24","10.1.1.1/25"]})"),
                 "/addresses/1", "10.1.1.1 is listed twice"));
}

TEST(Interface, HasAnEgressPolicyForGuestsOnly) {
  EXPECT_TRUE(is_invalid(foot(R"({"role":"public","port":"wan","egress":"deny"})"), "/egress"));
  EXPECT_TRUE(is_invalid(foot(R"({"role":"private","port":"wan","egress":"deny"})"), "/egress"));
  EXPECT_TRUE(is_invalid(foot(R"({"role":"public","port":"wan","egress_on_change":"drain"})"),
                         "/egress_on_change"));
}

TEST(Interface, ServesGuestsUnlessToldOtherwise) {
  EXPECT_EQ(foot(R"({"role":"guest","port":"lan"})")->effective_services().size(), 4U);
  EXPECT_TRUE(foot(R"({"role":"guest","port":"lan","services":[]})")->effective_services().empty());
  EXPECT_TRUE(foot(R"({"role":"public","port":"wan"})")->effective_services().empty());
  EXPECT_EQ(foot(R"({"role":"public","port":"wan","services":["ike"]})")->effective_services()[0],
            punt::Service::ike);
}

TEST(DerivedMac, DependsOnBothIdsAndIsLocal) {
  const Mac mac = interface::derived_mac("red", "guest0");
  EXPECT_EQ(mac, interface::derived_mac("red", "guest0"));
  EXPECT_NE(mac, interface::derived_mac("blue", "guest0"));
  EXPECT_NE(mac, interface::derived_mac("red", "guest1"));
  EXPECT_NE(interface::derived_mac("a", "bc"), interface::derived_mac("ab", "c"));
  EXPECT_EQ(mac.bytes[0] & 3, 2);
}

class InterfaceTable : public testing::Test {
 protected:
  Paper paper_;
};

TEST_F(InterfaceTable, FindsInterfacesById) {
  const auto& table = *paper_.router().interfaces;
  for (const auto* id : {"public0", "guest0", "guest1", "gateway0"}) {
    EXPECT_EQ(table.find(id)->id, id);
  }
  EXPECT_EQ(table.find("guest2"), nullptr);
  EXPECT_EQ(table.find(""), nullptr);
}

TEST_F(InterfaceTable, KnowsWhoseNetworkAnAddressIsIn) {
  const auto& table = *paper_.router().interfaces;
  EXPECT_EQ(table.on_link(address("10.1.1.20"))->id, "guest0");
  EXPECT_EQ(table.on_link(address("2001:db8:2::20"))->id, "guest0");
  EXPECT_EQ(table.on_link(address("203.0.113.7"))->id, "public0");
  EXPECT_EQ(table.on_link(address("198.51.100.9")), nullptr);
}

TEST_F(InterfaceTable, FacesAPeerWithTheAddressOfItsNetwork) {
  const auto& interface = *paper_.router().interfaces->find("guest0");
  EXPECT_EQ(*interface.address_facing(address("2001:db8:2::20")), address("2001:db8:2::1"));
  EXPECT_EQ(*interface.address_facing(address("10.1.1.20")), address("10.1.1.1"));
  EXPECT_EQ(*interface.address_facing(address("198.51.100.9")), address("10.1.1.1"));
}

TEST_F(InterfaceTable, FacesNobodyWithoutAddresses) {
  paper_.with("interfaces/bare0", R"({"role":"guest","port":"lan","vlan":7})");
  const auto& bare = *paper_.router().interfaces->find("bare0");
  EXPECT_EQ(bare.address_facing(address("10.1.1.20")), nullptr);
  EXPECT_FALSE(bare.is_on_link(address("10.1.1.20")));
}

TEST_F(InterfaceTable, CountsAllButGuestNetworksAsOutside) {
  const auto& table = *paper_.router().interfaces;
  EXPECT_FALSE(table.find("guest0")->is_outside());
  EXPECT_TRUE(table.find("public0")->is_outside());
  EXPECT_TRUE(table.find("gateway0")->is_outside());
}

TEST_F(InterfaceTable, RefusesTheSameNetworkOnTwoInterfaces) {
  paper_.with("interfaces/guest2",
              R"({"role":"guest","port":"lan","vlan":3,"addresses":["10.1.1.9/24"]})");
  EXPECT_TRUE(is_conflict(paper_.compile(), "/routers/red/interfaces/guest2/addresses/0",
                          "10.1.1.0/24 overlaps 10.1.1.0/24 of interface 'guest0'"));
}

TEST_F(InterfaceTable, RefusesANetworkInsideAnother) {
  paper_.with("interfaces/guest2", R"({"role":"guest","port":"lan","vlan":3,
                                       "addresses":["10.9.1.1/24","10.1.1.129/25"]})");
  EXPECT_TRUE(is_conflict(paper_.compile(), "/routers/red/interfaces/guest2/addresses/1",
                          "10.1.1.128/25 overlaps 10.1.1.0/24 of interface 'guest0'"));
}

TEST_F(InterfaceTable, RefusesANetworkAroundSeveralOthers) {
  paper_.with("interfaces/a",
              R"({"role":"guest","port":"lan","vlan":3,"addresses":["10.0.0.1/8"]})");
  EXPECT_TRUE(is_conflict(paper_.compile(), "/routers/red/interfaces/guest0/addresses/0",
                          "10.1.1.0/24 overlaps 10.0.0.0/8 of interface 'a'"));
}

TEST_F(InterfaceTable, RefusesTwoLengthsOfOneNetworkOnOneInterface) {
  paper_.with("interfaces/guest2", R"({"role":"guest","port":"lan","vlan":3,
                                       "addresses":["10.9.1.1/24","10.9.1.2/25"]})");
  EXPECT_TRUE(is_conflict(paper_.compile(), "/routers/red/interfaces/guest2/addresses/1"));
}

TEST_F(InterfaceTable, TakesSeveralAddressesOfOneNetworkOnOneInterface) {
  paper_.with("interfaces/guest2", R"({"role":"guest","port":"lan","vlan":3,
                                       "addresses":["10.9.1.1/24","10.9.1.2/24","10.9.1.3/24"]})");
  EXPECT_EQ(told(paper_.compile()), "accepted");
}

TEST_F(InterfaceTable, SeesNoOverlapBetweenAddressFamilies) {
  paper_.at("/routers/blue/interfaces/a",
            R"({"role":"guest","port":"lan","vlan":3,"addresses":["2001:db8::1/0"]})");
  paper_.at("/routers/blue/interfaces/b",
            R"({"role":"guest","port":"lan","vlan":4,"addresses":["10.1.1.1/24"]})");
  EXPECT_EQ(told(paper_.compile()), "accepted");
}

TEST_F(InterfaceTable, RefusesNamesThatTheKernelKeeps) {
  for (const auto* id : {"lo", "all", "default"}) {
    Paper paper;
    paper.with("interfaces/" + std::string{id}, R"({"role":"guest","port":"lan","vlan":3})");
    EXPECT_TRUE(is_invalid(paper.compile(), "/routers/red/interfaces/" + std::string{id}));
  }
}

TEST_F(InterfaceTable, RefusesIdsThatAreTooLongForATap) {
  paper_.with("interfaces/sixteen-letters0", R"({"role":"guest","port":"lan","vlan":3})");
  EXPECT_TRUE(is_invalid(paper_.compile(), "/routers/red/interfaces/sixteen-letters0"));
}

}  // namespace
}  // namespace viaduct::test
