#include "services/guest/serving/from_dnsmasq.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/guest/dnsmasq/memory_files.h"
#include "services/guest/dnsmasq/read.h"

namespace viaduct::serving {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

InterfaceAddress address(const char* text) {
  return parse_interface_address(text).value();
}

class FromDnsmasq : public testing::Test {
 protected:
  Result<Site> read(const std::string& text) const {
    dnsmasq::MemoryFiles files{{{"main", text}, {"hosts", "10.1.1.9 box\n"}}};
    auto configuration = dnsmasq::read_configuration("main", files);
    EXPECT_TRUE(configuration) << text;
    return from_dnsmasq(configuration.value(), interfaces);
  }
  Site site(const std::string& text) const {
    auto made = read(text);
    EXPECT_TRUE(made) << made.error().where << ": " << made.error().why;
    return made.value();
  }
  // Those of the one host.
  std::vector<std::string> names_of(const std::string& text) const {
    const Site made = site(text);
    EXPECT_THAT(made.hosts, SizeIs(1));
    std::vector<std::string> all;
    for (const auto& name : made.hosts.begin()->second.names) all.push_back(to_string(name));
    return all;
  }
  std::string refusal(const std::string& text) const {
    const auto made = read(text);
    return made ? "accepted" : made.error().where + ": " + made.error().why;
  }
  const std::vector<Interface> interfaces{
      {.name = "eth0", .addresses = {address("10.1.1.1/24")}},
      {.name = "eth1", .addresses = {address("203.0.113.2/24")}},
      {.name = "eth2", .addresses = {address("10.1.2.1/24")}}};
};

std::vector<std::string> names(const std::vector<Interface>& interfaces) {
  std::vector<std::string> all;
  for (const auto& interface : interfaces) all.push_back(interface.name);
  return all;
}

const std::string range = "dhcp-range=10.1.1.50,10.1.1.99\n";
dhcp::Option option(const dhcp::Subnet& subnet, unsigned code) {
  for (const auto& each : subnet.options) {
    if (each.code == static_cast<dhcp::Code>(code)) return each;
  }
  return {};
}

TEST_F(FromDnsmasq, ServesTheInterfacesThatAreMeant) {
  EXPECT_THAT(names(site("").interfaces), ElementsAre("eth0", "eth1", "eth2"));
  EXPECT_THAT(names(site("interface=eth0\n").interfaces), ElementsAre("eth0"));
  EXPECT_THAT(names(site("interface=eth*\nexcept-interface=eth1\n").interfaces),
              ElementsAre("eth0", "eth2"));
  EXPECT_THAT(names(site("listen-address=10.1.2.1\n").interfaces), ElementsAre("eth2"));
}

TEST_F(FromDnsmasq, GivesNoLeasesWhereThatIsUnwanted) {
  EXPECT_THAT(site(range).subnets, SizeIs(1));
  EXPECT_THAT(site(range + "no-dhcp-interface=eth0\n").subnets, IsEmpty());
}

TEST_F(FromDnsmasq, KeepsRangesFromUnknownClients) {
  EXPECT_THAT(site(range).subnets.begin()->second.ranges, SizeIs(1));
  EXPECT_THAT(site(range + "dhcp-ignore=tag:!known\n").subnets.begin()->second.ranges, IsEmpty());
  EXPECT_EQ(refusal("dhcp-ignore=tag:red\n"),
            "main:1: to ignore other clients than unknown ones is not supported");
}

TEST_F(FromDnsmasq, GivesHostsTheTagThatDnsmasqGivesThem) {
  const Site made = site(range + "dhcp-host=02:00:00:00:00:01,set:red,10.1.1.20\n" +
                         "dhcp-option=tag:known,42,10.1.1.9\n");
  EXPECT_EQ(option(made.subnets.begin()->second, 42).tag, "known");
  EXPECT_THAT(made.reservations.begin()->second.tags, ElementsAre("red", "known"));
}

TEST_F(FromDnsmasq, TellsAnInterfacesClientsWhatIsSaidForItsName) {
  const Site made =
      site(range + "dhcp-range=10.1.2.50,10.1.2.99\n" + "dhcp-option=tag:eth0,42,10.1.1.9\n" +
           "dhcp-option=tag:!eth0,tag:red,44,10.1.2.9\n");
  const dhcp::Subnet& at_eth0 = made.subnets.at("10.1.1.0/24");
  const dhcp::Subnet& at_eth2 = made.subnets.at("10.1.2.0/24");
  EXPECT_EQ(dhcp::to_hex(option(at_eth0, 42).value), "0a010109");
  EXPECT_EQ(option(at_eth0, 42).tag, "");
  EXPECT_THAT(at_eth0.options, SizeIs(1));
  EXPECT_EQ(option(at_eth2, 44).tag, "red");
  EXPECT_THAT(at_eth2.options, SizeIs(1));
}

TEST_F(FromDnsmasq, HasOneLeaseTimeAndOneTagInANetwork) {
  const auto second = [&](const std::string& first_end, const std::string& line) {
    return refusal("dhcp-range=10.1.1.50,10.1.1.99" + first_end + "\ndhcp-range=" + line + "\n");
  };
  EXPECT_EQ(second(",2h", "10.1.1.110,10.1.1.119,2h"), "accepted");
  EXPECT_EQ(second(",1h", "10.1.1.110,10.1.1.119"), "accepted") << "an hour is the usual time";
  EXPECT_EQ(second(",1h", "10.1.2.110,10.1.2.119,12h"), "accepted") << "of another network";
  EXPECT_EQ(second(",1h", "10.1.1.110,10.1.1.119,12h"),
            "main:2: a lease time other than that of another range of the network is not "
            "supported");
  EXPECT_EQ(second("", "set:red,10.1.1.110,10.1.1.119"),
            "main:2: a tag other than that of another range of the network is not supported");
}

TEST_F(FromDnsmasq, WarnsOfInterfacesThatAreNotThere) {
  testing::internal::CaptureStderr();
  EXPECT_THAT(names(site("interface=eth0\ninterface=eth9\ninterface=wlan*\n").interfaces),
              ElementsAre("eth0"));
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "viaduct-guestd: warning: interface eth9 is not there\n");
}

TEST_F(FromDnsmasq, PutsVendorsOptionsIntoOneForTheirClients) {
  const Site made = site(range + "dhcp-option=vendor:MSFT,2,1i\ndhcp-option=vendor:MSFT,1,2i\n");
  const dhcp::Subnet& subnet = made.subnets.begin()->second;
  ASSERT_THAT(subnet.matches, SizeIs(1));
  EXPECT_EQ(subnet.matches[0].code, dhcp::Code::vendor_class);
  EXPECT_EQ(dhcp::text_of(subnet.matches[0].value), "MSFT");
  EXPECT_EQ(option(subnet, 43).tag, subnet.matches[0].tag);
  EXPECT_EQ(dhcp::to_hex(option(subnet, 43).value),
            "0204000000010104"
            "00000002");
}

TEST_F(FromDnsmasq, PutsOptionsIntoTheOneThatIsToHoldThem) {
  const Site made = site(range + "dhcp-option=encap:175,190,user\n");
  EXPECT_EQ(dhcp::to_hex(option(made.subnets.begin()->second, 175).value), "be0475736572");
}

TEST_F(FromDnsmasq, HasNoDnsAtPortZero) {
  EXPECT_TRUE(site("").has_dns);
  EXPECT_FALSE(site("port=0\n").has_dns);
  EXPECT_EQ(refusal("port=5353\n"), "port: is 53 or 0");
}

TEST_F(FromDnsmasq, KnowsGuestsByTheDomainOfTheirAddressToo) {
  const std::string guest = range + "dhcp-host=02:00:00:00:00:01,10.1.1.20,web1\n";
  EXPECT_THAT(names_of(guest), ElementsAre("web1"));
  EXPECT_THAT(names_of(guest + "domain=a.example\ndomain=b.example\n"),
              ElementsAre("web1.b.example", "web1"));
  const std::string own = "domain=net1.example,10.1.1.0/24\n";
  EXPECT_THAT(names_of(guest + own + "domain=a.example\n"),
              ElementsAre("web1.net1.example", "web1"));
  EXPECT_THAT(names_of(guest + "domain=net1.example,10.1.1.21,10.1.1.30\n"), ElementsAre("web1"));
}

TEST_F(FromDnsmasq, KnowsOtherHostsByTheDomainWhereTheyAreToBeExpanded) {
  const std::string hosts = "addn-hosts=hosts\ndomain=a.example\n";
  EXPECT_THAT(names_of(hosts), ElementsAre("box"));
  EXPECT_THAT(names_of(hosts + "expand-hosts\n"), ElementsAre("box.a.example", "box"));
  EXPECT_THAT(names_of("host-record=box,10.1.1.9\ndomain=a.example\nexpand-hosts\n"),
              ElementsAre("box"));
}

TEST_F(FromDnsmasq, AsksOthersForNamesOfADomainUnlessItIsLocal) {
  const auto local = [this](const std::string& text) {
    std::vector<std::string> all;
    for (const auto& name : site(text).dns.local_domains) all.push_back(to_string(name));
    return all;
  };
  EXPECT_THAT(local("domain=a.example\ndomain=b.example,10.1.1.0/24\n"), IsEmpty());
  EXPECT_THAT(local("domain=a.example\nlocal=/a.example/\n"), ElementsAre("a.example"));
  EXPECT_THAT(local("domain=b.example,10.1.1.0/24,local\n"), ElementsAre("b.example"));
}

TEST_F(FromDnsmasq, AnswersTheNullAddressOfBothFamilies) {
  EXPECT_THAT(site("address=/x.example/#\n").wildcards.at("x.example").addresses,
              ElementsAre(parse_address("0.0.0.0").value(), parse_address("::").value()));
}

TEST_F(FromDnsmasq, TakesWhatAStockRouterSays) {
  const Site made = site(R"(domain-needed
bogus-priv
local=/iso1.example.internal/
except-interface=eth1
except-interface=lo
no-dhcp-interface=eth1
expand-hosts
domain=iso1.example.internal
dhcp-range=10.1.1.1,static
dhcp-ignore=tag:!known
dhcp-host=02:00:4c:9f:00:01,10.1.1.20,web1,infinite
dhcp-option=15,"iso1.example.internal"
dhcp-option=vendor:MSFT,2,1i
dhcp-boot=pxelinux.0
dhcp-lease-max=2100
dhcp-option=option:router,10.1.1.1
dhcp-option=6,10.1.1.1,198.51.100.53,198.51.100.54
dhcp-client-update
)");
  EXPECT_THAT(made.subnets, SizeIs(1));
  EXPECT_THAT(made.reservations, SizeIs(1));
  EXPECT_THAT(made.hosts, SizeIs(1));
  EXPECT_EQ(made.subnets.begin()->second.boot_file, "pxelinux.0");
}

TEST_F(FromDnsmasq, RefusesWhatItWouldHaveToPassOver) {
  const std::string host = "dhcp-host=02:00:00:00:00:01,";
  EXPECT_EQ(refusal(host + "web1\n"), "main:1: a host without an address is not supported");
  EXPECT_EQ(refusal(range + host + "id:01:02,10.1.1.20\n"),
            "main:2: a host by either of two marks is not supported");
  EXPECT_EQ(refusal(range + "dhcp-option=vi-encap:2,1,x\n"),
            "main:2: an option of an enterprise is not supported");
  EXPECT_EQ(refusal(range + "dhcp-option=tag:bootp,42,10.1.1.9\n"),
            "main:2: the tag 'bootp' is not supported");
  EXPECT_EQ(refusal(range + "dhcp-option=tag:known-othernet,42,10.1.1.9\n"),
            "main:2: the tag 'known-othernet' is not supported");
  EXPECT_EQ(refusal(range + "dhcp-boot=tag:efi,grub.efi,bootsrv,10.9.1.77\n"),
            "main:2: a boot server for clients with a tag is not supported");
  EXPECT_EQ(refusal("host-record=a.example,10.1.1.9,60\n"),
            "main:1: a lifetime of its own is not supported");
  EXPECT_EQ(refusal("domain=a.example,eth0\n"),
            "main:1: the domain of an interface is not supported");
}

}  // namespace
}  // namespace viaduct::serving
