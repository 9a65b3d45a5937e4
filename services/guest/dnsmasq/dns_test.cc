#include "services/guest/dnsmasq/dns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace viaduct::dnsmasq {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Kind = DomainMatch::Kind;

Address address(std::string_view text) {
  return parse_address(text).value();
}
template <class Value>
std::string why(const Result<Value>& result) {
  return result ? "accepted" : result.error().why;
}

TEST(Server, IsAskedForEveryName) {
  const auto server = parse_server("10.0.0.1#5353").value();
  EXPECT_THAT(server.domains, IsEmpty());
  EXPECT_EQ(server.target, UpstreamServer::Target::address);
  EXPECT_EQ(to_string(server.server), "10.0.0.1:5353");
  EXPECT_EQ(to_string(parse_server("2001:db8::1").value().server), "[2001:db8::1]:53");
}

TEST(Server, IsAskedForDomains) {
  const auto server = parse_server("/a.example/*.b.example/*c/.d.example/#//10.0.0.1").value();
  EXPECT_THAT(server.domains,
              ElementsAre(DomainMatch{Kind::suffix, "a.example"},
                          DomainMatch{Kind::subdomains, "b.example"},
                          DomainMatch{Kind::ending, "c"}, DomainMatch{Kind::suffix, "d.example"},
                          DomainMatch{Kind::any, ""}, DomainMatch{Kind::unqualified, ""}));
}

TEST(Server, IsNobodyForWhatIsLocal) {
  const auto server = parse_server("/x.example/").value();
  EXPECT_EQ(server.target, UpstreamServer::Target::nobody);
  EXPECT_THAT(server.domains, ElementsAre(DomainMatch{Kind::suffix, "x.example"}));
  EXPECT_EQ(parse_server("/x.example/#").value().target, UpstreamServer::Target::standard);
}

TEST(Server, IsAskedFromAnInterfaceAndAnAddress) {
  const auto server = parse_server("10.0.0.1@eth0@10.0.0.2#55").value();
  EXPECT_EQ(server.from_interface, "eth0");
  EXPECT_EQ(server.from, (Endpoint{address("10.0.0.2"), 55}));
  EXPECT_EQ(parse_server("10.0.0.1@10.0.0.2").value().from, (Endpoint{address("10.0.0.2"), 0}));
  EXPECT_EQ(parse_server("fe80::1%eth0").value().scope, "eth0");
  EXPECT_EQ(why(parse_server("10.0.0.1@10.0.0.2@eth0")), "interface can only be specified once");
  EXPECT_EQ(why(parse_server("10.0.0.1@::1")),
            "server and source address are of different families");
}

TEST(Server, IsAnAddress) {
  EXPECT_EQ(why(parse_server("dns.example")),
            "not supported: a server that is not an address: 'dns.example'");
  EXPECT_EQ(why(parse_server("10.0.0.1#65536")), "bad port in '10.0.0.1#65536'");
}

TEST(DomainAddress, AnswersWithAnAddressWithNullOrWithNothing) {
  const auto answer = parse_domain_address("/x.example/10.0.0.1").value();
  EXPECT_EQ(answer.answer, DomainAddress::Answer::address);
  EXPECT_EQ(answer.address, address("10.0.0.1"));
  EXPECT_EQ(parse_domain_address("/x.example/#").value().answer, DomainAddress::Answer::null);
  EXPECT_EQ(parse_domain_address("/x.example/").value().answer,
            DomainAddress::Answer::no_such_name);
  EXPECT_EQ(why(parse_domain_address("/x.example/10.0.0.1#53")), "bad address '10.0.0.1#53'");
}

TEST(HostRecord, HasNamesAndAddresses) {
  const auto record = parse_host_record("a,a.example,10.0.0.1,2001:db8::1,60").value();
  EXPECT_THAT(record.names, ElementsAre("a", "a.example"));
  EXPECT_EQ(record.ipv4, address("10.0.0.1"));
  EXPECT_EQ(record.ipv6, address("2001:db8::1"));
  EXPECT_EQ(record.ttl_seconds, 60U);
  EXPECT_EQ(why(parse_host_record("a.example")), "expected a name and an address");
}

TEST(Domain, IsForAllForABlockForARangeOrForAnInterface) {
  EXPECT_EQ(parse_domain("x.example").value().scope.index(), 0U);
  const auto block = parse_domain("x.example,10.0.0.7/24,local").value();
  EXPECT_EQ(std::get<Prefix>(block.scope), parse_prefix("10.0.0.0/24").value());
  EXPECT_TRUE(block.is_local);
  const auto range = parse_domain("x.example,10.0.0.9,10.0.0.1").value();
  EXPECT_EQ((std::get<std::pair<Address, Address>>(range.scope)),
            (std::pair{address("10.0.0.1"), address("10.0.0.9")}));
  EXPECT_EQ(std::get<std::string>(parse_domain("x.example,eth0").value().scope), "eth0");
}

TEST(Domain, RefusesBadBlocks) {
  EXPECT_EQ(why(parse_domain("x.example,10.0.0.0/33")), "bad prefix length in '10.0.0.0/33'");
  EXPECT_EQ(why(parse_domain("x.example,10.0.0.0/24,foo")), "expected 'local', not 'foo'");
  EXPECT_EQ(why(parse_domain("x.example,10.0.0.1,2001:db8::1")),
            "bad address range at '2001:db8::1'");
  EXPECT_EQ(why(parse_domain("x.example,eth0,foo")),
            "not supported: more than an interface: 'eth0,foo'");
}

TEST(HostsLine, HasAnAddressAndNames) {
  const auto entry = parse_hosts_line("10.1.1.1\tdata-server  r1 # the router").value();
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->address, address("10.1.1.1"));
  EXPECT_THAT(entry->names, ElementsAre("data-server", "r1"));
  EXPECT_FALSE(parse_hosts_line(" # nothing").value());
  EXPECT_EQ(why(parse_hosts_line("10.1.1.1")), "an address without a name");
  EXPECT_EQ(why(parse_hosts_line("10.1.1.300 a")), "bad address '10.1.1.300'");
}

}  // namespace
}  // namespace viaduct::dnsmasq
