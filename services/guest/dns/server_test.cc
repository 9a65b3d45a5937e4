#include "services/guest/dns/server.h"

#include <gtest/gtest.h>

#include "services/guest/dns/test_support.h"

namespace viaduct::dns::test {
namespace {

class Queries : public ServerTest {};
class Names : public ServerTest {
 protected:
  Names() { server.set("web1", host("web1", {"10.1.1.11"})); }
};

constexpr auto denial = " | SOA iso1.internal. hostmaster.iso1.internal. 1 3600 600 86400 0";

TEST_F(Names, OfGuestsAreAnsweredBareAndInTheirDomain) {
  EXPECT_EQ(ask({"web1"}), "NOERROR aa: A 10.1.1.11");
  EXPECT_EQ(ask({"web1.iso1.internal"}), "NOERROR aa: A 10.1.1.11");
  EXPECT_EQ(ask({"WEB1.Iso1.internal"}), "NOERROR aa: A 10.1.1.11");
}

TEST_F(Names, SaidTwiceAreToldOnce) {
  server.set("record", host("web1.iso1.internal", {"10.1.1.11", "10.1.1.12"}));
  EXPECT_EQ(ask({"web1"}), "NOERROR aa: A 10.1.1.11");
  EXPECT_EQ(ask({"web1.iso1.internal"}), "NOERROR aa: A 10.1.1.11; A 10.1.1.12");
  server.remove_host("web1");
  EXPECT_EQ(ask({"web1.iso1.internal"}), "NOERROR aa: A 10.1.1.11; A 10.1.1.12");
}

TEST_F(Names, AreToldByReverseLookupInTheirDomain) {
  EXPECT_EQ(ask({"11.1.1.10.in-addr.arpa", LDNS_RR_TYPE_PTR}),
            "NOERROR aa: PTR web1.iso1.internal.");
  server.set("six", host("six", {"fd00::11"}));
  EXPECT_EQ(ask({"1.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa",
                 LDNS_RR_TYPE_PTR}),
            "NOERROR aa: PTR six.iso1.internal.");
}

TEST_F(Names, ThatNobodyHasDoNotExistInLocalDomains) {
  EXPECT_EQ(ask({"nosuch.iso1.internal"}), std::string{"NXDOMAIN aa"} + denial);
  EXPECT_EQ(ask({"12.1.1.10.in-addr.arpa", LDNS_RR_TYPE_PTR}),
            "NXDOMAIN aa | SOA 10.in-addr.arpa. hostmaster.10.in-addr.arpa. 1 3600 600 86400 0");
  EXPECT_EQ(ask({"nosuch"}), "NXDOMAIN aa");
  EXPECT_TRUE(asked.empty());
}

TEST_F(Names, WithoutRecordsOfATypeExistAllTheSame) {
  EXPECT_EQ(ask({"web1.iso1.internal", LDNS_RR_TYPE_AAAA}), std::string{"NOERROR aa"} + denial);
  EXPECT_EQ(ask({"iso1.internal", LDNS_RR_TYPE_MX}), std::string{"NOERROR aa"} + denial);
  server.set("deep", host("a.b.iso1.internal", {"10.1.1.12"}));
  EXPECT_EQ(ask({"b.iso1.internal"}), std::string{"NOERROR aa"} + denial);
  server.remove_host("deep");
  EXPECT_EQ(ask({"b.iso1.internal"}), std::string{"NXDOMAIN aa"} + denial);
}

TEST_F(Names, OfOthersKeepTheirOtherRecords) {
  server.set("mail", host("mail.example.com", {"10.1.1.25"}));
  EXPECT_EQ(ask({"mail.example.com"}), "NOERROR aa: A 10.1.1.25");
  EXPECT_EQ(ask({"mail.example.com", LDNS_RR_TYPE_HTTPS}),
            "NOERROR aa | SOA mail.example.com. hostmaster.mail.example.com. 1 3600 600 86400 0");
  EXPECT_EQ(ask({"mail.example.com", LDNS_RR_TYPE_MX}), "nothing");
  EXPECT_EQ(hear({{"mail.example.com. 300 IN MX 10 mx.example.com."}}),
            "NOERROR: MX 10 mx.example.com.");
}

TEST_F(Names, AreThoseThatWereSetLast) {
  server.set("web1", host("www", {"10.1.1.21", "10.1.1.22"}));
  EXPECT_EQ(ask({"www"}), "NOERROR aa: A 10.1.1.21; A 10.1.1.22");
  EXPECT_EQ(ask({"web1"}), "NXDOMAIN aa");
  EXPECT_EQ(ask({"11.1.1.10.in-addr.arpa", LDNS_RR_TYPE_PTR}),
            "NXDOMAIN aa | SOA 10.in-addr.arpa. hostmaster.10.in-addr.arpa. 1 3600 600 86400 0");
  server.remove_host("web1");
  EXPECT_EQ(ask({"www.iso1.internal"}), std::string{"NXDOMAIN aa"} + denial);
}

TEST_F(Names, OfOneAddressAreToldByWhoCameLast) {
  server.set("again", host("again", {"10.1.1.11"}));
  const Ask reverse{"11.1.1.10.in-addr.arpa", LDNS_RR_TYPE_PTR};
  EXPECT_EQ(ask(reverse), "NOERROR aa: PTR again.iso1.internal.");
  server.remove_host("again");
  EXPECT_EQ(ask(reverse), "NOERROR aa: PTR web1.iso1.internal.");
}

TEST_F(Names, AreToldAsTheNetworkThatAsksSeesThem) {
  server.set("both", host("both", {"10.1.1.31", "10.1.2.31", "192.0.2.31"}));
  Client other = client("10.1.2.12");
  other.network = guest1;
  EXPECT_EQ(ask({"both"}), "NOERROR aa: A 10.1.1.31");
  EXPECT_EQ(ask(other, {"both"}), "NOERROR aa: A 10.1.2.31");
  EXPECT_EQ(ask(other, {"web1"}), "NOERROR aa: A 10.1.1.11");
}

TEST_F(Names, AreToldAsTheSubnetThatAsksSeesThemWhereAnInterfaceHasTwo) {
  ASSERT_TRUE(server.set_network({"guest0",
                                  {parse_interface_address("10.1.1.1/24").value(),
                                   parse_interface_address("10.1.3.1/24").value(),
                                   parse_interface_address("fd00:1::1/64").value()}}));
  server.set("both", host("both", {"10.1.1.31", "10.1.3.31"}));
  EXPECT_EQ(ask(client("10.1.3.22"), {"data-server"}), "NOERROR aa: A 10.1.3.1");
  EXPECT_EQ(ask(client("10.1.1.22"), {"data-server"}), "NOERROR aa: A 10.1.1.1");
  EXPECT_EQ(ask(client("10.1.3.22"), {"both"}), "NOERROR aa: A 10.1.3.31");
  server.set("six", host("six", {"fd00:1::31", "fd00:2::31"}));
  EXPECT_EQ(ask(client("10.1.3.22"), {"six", LDNS_RR_TYPE_AAAA}), "NOERROR aa: AAAA fd00:1::31");
  EXPECT_EQ(ask(client("10.1.3.22"), {"web1"}), "NOERROR aa: A 10.1.1.11");
}

TEST_F(Names, OfTheRouterLeadToItsAddressInTheNetworkThatAsks) {
  Client other = client("10.1.2.12");
  other.network = guest1;
  EXPECT_EQ(ask({"data-server"}), "NOERROR aa: A 10.1.1.1");
  EXPECT_EQ(ask(other, {"data-server.iso1.internal"}), "NOERROR aa: A 10.1.2.1");
  server.remove_network("guest0");
  EXPECT_EQ(ask({"data-server"}), "nothing");
  EXPECT_EQ(server.counters("guest0"), nullptr);
}

TEST_F(Names, FollowTheDomainOfTheRouter) {
  settings.domain = name("iso2.internal");
  configure();
  EXPECT_EQ(ask({"web1.iso2.internal"}), "NOERROR aa: A 10.1.1.11");
  EXPECT_EQ(ask({"web1.iso1.internal"}), "nothing");
  settings.expand_hosts = false;
  configure();
  EXPECT_EQ(ask({"web1"}), "NOERROR aa: A 10.1.1.11");
  EXPECT_EQ(ask({"11.1.1.10.in-addr.arpa", LDNS_RR_TYPE_PTR}), "NOERROR aa: PTR web1.");
}

TEST_F(Names, MayBeAliasesOfHosts) {
  server.set("www", Alias{name("www.iso1.internal"), name("web1.iso1.internal")});
  EXPECT_EQ(ask({"www.iso1.internal"}), "NOERROR aa: CNAME web1.iso1.internal.; A 10.1.1.11");
  EXPECT_EQ(ask({"www.iso1.internal", LDNS_RR_TYPE_CNAME}),
            "NOERROR aa: CNAME web1.iso1.internal.");
  EXPECT_EQ(ask({"www.iso1.internal", LDNS_RR_TYPE_AAAA}),
            std::string{"NOERROR aa: CNAME web1.iso1.internal."} + denial);
  server.set("far", Alias{name("far.iso1.internal"), name("web1")});
  EXPECT_EQ(ask({"far.iso1.internal", LDNS_RR_TYPE_AAAA}),
            "NOERROR aa: CNAME web1. | SOA web1. hostmaster.web1. 1 3600 600 86400 0");
  server.remove_host("web1");
  EXPECT_EQ(ask({"www.iso1.internal"}), std::string{"NOERROR aa"} + denial);
  server.set("back", Alias{name("web1.iso1.internal"), name("www.iso1.internal")});
  EXPECT_EQ(ask({"www.iso1.internal"}), std::string{"NOERROR aa"} + denial) << "a circle";
  server.remove_alias("www");
  EXPECT_EQ(ask({"www.iso1.internal"}), std::string{"NXDOMAIN aa"} + denial);
}

TEST_F(Names, OfAWholeDomainMayHaveOneAnswer) {
  server.set("apps", Wildcard{name("apps.example"), {address("10.1.1.80"), address("fd00::80")}});
  EXPECT_EQ(ask({"apps.example"}), "NOERROR aa: A 10.1.1.80");
  EXPECT_EQ(ask({"any.thing.apps.example", LDNS_RR_TYPE_AAAA}), "NOERROR aa: AAAA fd00::80");
  EXPECT_EQ(ask({"x.apps.example", LDNS_RR_TYPE_MX}),
            "NOERROR aa | SOA apps.example. hostmaster.apps.example. 1 3600 600 86400 0");
  server.set("one", host("one.apps.example", {"10.1.1.81"}));
  EXPECT_EQ(ask({"one.apps.example"}), "NOERROR aa: A 10.1.1.81");
  server.set("bad", Wildcard{name("bad.example"), {}});
  EXPECT_EQ(ask({"www.bad.example"}),
            "NXDOMAIN aa | SOA bad.example. hostmaster.bad.example. 1 3600 600 86400 0");
  EXPECT_EQ(ask({"bad.example"}),
            "NXDOMAIN aa | SOA bad.example. hostmaster.bad.example. 1 3600 600 86400 0");
  server.set("good", host("a.good.bad.example", {"10.1.1.82"}));
  for (const char* above : {"bad.example", "good.bad.example"}) {
    EXPECT_EQ(ask({above}),
              "NOERROR aa | SOA bad.example. hostmaster.bad.example. 1 3600 600 86400 0");
  }
  server.remove_wildcard("bad");
  EXPECT_EQ(ask({"www.bad.example"}), "nothing");
}

TEST_F(Names, OfOurOwnDomainsHaveAStartOfAuthority) {
  const std::string soa = "SOA iso1.internal. hostmaster.iso1.internal. 1 3600 600 86400 0";
  EXPECT_EQ(ask({"iso1.internal", LDNS_RR_TYPE_SOA}), "NOERROR aa: " + soa);
  EXPECT_EQ(ask({"web1.iso1.internal", LDNS_RR_TYPE_SOA}), "NOERROR aa | " + soa);
  server.set("apex", host("iso1.internal", {"10.1.1.80"}));
  EXPECT_EQ(ask({"iso1.internal", LDNS_RR_TYPE_SOA}), "NOERROR aa: " + soa);
  server.set("bad", Wildcard{name("bad.example"), {}});
  EXPECT_EQ(ask({"bad.example", LDNS_RR_TYPE_SOA}),
            "NXDOMAIN aa | SOA bad.example. hostmaster.bad.example. 1 3600 600 86400 0");
}

TEST_F(Names, OfLocalhostAreAskedOfNobody) {
  server.set("local", Forward{name("localhost"), {resolver("192.0.2.53")}});
  for (const char* local : {"localhost", "a.b.localhost"}) {
    EXPECT_EQ(ask({local}), "NOERROR aa: A 127.0.0.1");
    EXPECT_EQ(ask({local, LDNS_RR_TYPE_AAAA}), "NOERROR aa: AAAA ::1");
    EXPECT_EQ(ask({local, LDNS_RR_TYPE_MX}),
              "NOERROR aa | SOA localhost. hostmaster.localhost. 1 3600 600 86400 0");
  }
  server.set("block", Wildcard{name("localhost"), {}});
  EXPECT_EQ(ask({"localhost"}),
            "NXDOMAIN aa | SOA localhost. hostmaster.localhost. 1 3600 600 86400 0");
  server.remove_wildcard("block");
  EXPECT_EQ(ask({"localhost"}), "NOERROR aa: A 127.0.0.1");
  EXPECT_TRUE(asked.empty());
}

TEST_F(Names, ChangeByTheThousandsWithoutAQueryBeingMissed) {
  for (unsigned i = 0; i < 10'000; ++i) {
    const std::string id = "vm" + std::to_string(i);
    server.set(id, host(id, {to_string(Address::v4(Be32::of(0x0a020000 + i)))}));
    if (i % 100 == 0) {
      now += std::chrono::milliseconds{100};
      ASSERT_EQ(ask({id}), "NOERROR aa: A " + to_string(Address::v4(Be32::of(0x0a020000 + i))));
      ASSERT_EQ(ask({"web1"}), "NOERROR aa: A 10.1.1.11");
    }
  }
  for (unsigned i = 0; i < 10'000; ++i) server.remove_host("vm" + std::to_string(i));
  EXPECT_EQ(ask({"vm77.iso1.internal"}), std::string{"NXDOMAIN aa"} + denial);
}

TEST_F(Queries, KeepTheirIdQuestionAndFlagsInTheAnswer) {
  server.set("web1", host("web1", {"10.1.1.11"}));
  const Octets query =
      Ask{"wEb1", LDNS_RR_TYPE_A, LDNS_RR_CLASS_IN, 4096, true, LDNS_RD | LDNS_CD, 0x1234}
          .message();
  server.receive(client(), query, now);
  ASSERT_EQ(answers.size(), 1);
  const Packet packet = packet_of(answers.back());
  EXPECT_EQ(ldns_pkt_id(packet.get()), 0x1234);
  EXPECT_TRUE(ldns_pkt_qr(packet.get()) && ldns_pkt_ra(packet.get()) && ldns_pkt_rd(packet.get()));
  EXPECT_TRUE(ldns_pkt_cd(packet.get()));
  EXPECT_TRUE(std::equal(query.begin() + 12, query.begin() + 22, answers.back().begin() + 12));
  EXPECT_EQ(ldns_pkt_edns_udp_size(packet.get()), 1232);
  EXPECT_TRUE(ldns_pkt_edns_do(packet.get()));
}

TEST_F(Queries, OfThoseWhoDoNotBelongAreDropped) {
  Client stranger = client("203.0.113.10");
  stranger.belongs = false;
  EXPECT_EQ(ask(stranger, {"data-server"}), "nothing");
  stranger.network = 99;
  EXPECT_EQ(ask(stranger, {"data-server"}), "nothing");
  EXPECT_EQ(count(Count::foreign), 1);
}

TEST_F(Queries, ThatAreNoneAreDropped) {
  server.receive(client(), Octets(11), now);
  EXPECT_EQ(ask({"data-server", LDNS_RR_TYPE_A, LDNS_RR_CLASS_IN, 0, false, LDNS_QR}), "nothing");
  EXPECT_EQ(count(Count::not_a_query), 2);
}

TEST_F(Queries, OfOtherClassesAndForWholeZonesAreRefused) {
  EXPECT_EQ(ask({"version.bind", LDNS_RR_TYPE_TXT, LDNS_RR_CLASS_CH}), "REFUSED");
  EXPECT_EQ(ask({"iso1.internal", LDNS_RR_TYPE_AXFR}), "REFUSED");
  EXPECT_EQ(count(Count::refused), 2);
}

TEST_F(Queries, ForEverythingGetLittle) {
  const std::string little = ": HINFO \"RFC8482\" \"\"";
  EXPECT_EQ(ask({"www.example.com", LDNS_RR_TYPE_ANY}), "NOERROR" + little);
  EXPECT_EQ(ask({"data-server", LDNS_RR_TYPE_ANY}), "NOERROR aa" + little);
  EXPECT_EQ(ask({"nosuch.iso1.internal", LDNS_RR_TYPE_ANY}), std::string{"NXDOMAIN aa"} + denial);
  EXPECT_TRUE(asked.empty());
}

TEST_F(Queries, WithOtherOpcodesAreAnsweredNotimp) {
  Octets update = Ask{"iso1.internal"}.message();
  update[2] |= 5 << 3;
  server.receive(client(), update, now);
  EXPECT_EQ(told(answers.back()), "NOTIMPL");
  EXPECT_EQ(answers.back()[2] >> 3 & 0xf, 5);
}

TEST_F(Queries, ThatMakeNoSenseAreToldSo) {
  const Octets good = Ask{"data-server", LDNS_RR_TYPE_A, LDNS_RR_CLASS_IN, 1232}.message();
  const auto changed = [&good](std::size_t at, std::uint8_t to) {
    Octets octets = good;
    octets[at] = to;
    return octets;
  };
  Octets cut = good;
  cut.pop_back();
  Octets two_opts = changed(11, 2);
  two_opts.insert(two_opts.end(), good.end() - 11, good.end());
  for (const Octets& bad : {changed(5, 2), changed(5, 0), changed(7, 1), changed(9, 1),
                            changed(12, 0xc0), changed(12, 0x40), changed(11, 2), cut, two_opts}) {
    server.receive(client(), bad, now);
    EXPECT_EQ(told(answers.back()), "FORMERR");
  }
  EXPECT_EQ(count(Count::malformed), 9);
}

TEST_F(Queries, OfALaterEdnsVersionAreToldWhichWeKnow) {
  Octets query = Ask{"data-server", LDNS_RR_TYPE_A, LDNS_RR_CLASS_IN, 1232}.message();
  query[query.size() - 5] = 1;
  server.receive(client(), query, now);
  EXPECT_EQ(told(answers.back()), "NOERROR extended");  // BADVERS is 16
}

TEST_F(Queries, WithoutRecursionGetTheRoutersOwnNamesAlone) {
  EXPECT_EQ(ask({"data-server", LDNS_RR_TYPE_A, LDNS_RR_CLASS_IN, 0, false, 0}),
            "NOERROR aa: A 10.1.1.1");
  const Ask snoop{"www.example.com", LDNS_RR_TYPE_A, LDNS_RR_CLASS_IN, 0, false, 0};
  EXPECT_EQ(ask(snoop), "REFUSED");
  ask({"www.example.com"});
  hear({{"www.example.com. 300 IN A 192.0.2.80"}});
  EXPECT_EQ(ask(snoop), "REFUSED");
}

TEST_F(Queries, AreTakenOfAClientAtALimitedRate) {
  settings.queries_per_second = 10;
  configure();
  for (int i = 0; i < 10; ++i) EXPECT_NE(ask({"data-server"}), "nothing");
  EXPECT_EQ(ask({"data-server"}), "nothing");
  EXPECT_NE(ask(client("10.1.1.12"), {"data-server"}), "nothing");
  now += std::chrono::milliseconds{100};
  EXPECT_NE(ask({"data-server"}), "nothing");
  EXPECT_EQ(ask({"data-server"}), "nothing");
  EXPECT_EQ(count(Count::rate_limited), 2);
}

TEST_F(Queries, AreAnsweredInWholeOrAskedToComeByTcp) {
  Host many{{name("many")}, {}};
  for (unsigned i = 0; i < 60; ++i) many.addresses.push_back(Address::v4(Be32::of(0x0a010164 + i)));
  server.set("many", many);
  EXPECT_EQ(ask({"many"}), "NOERROR aa tc");
  EXPECT_EQ(ask({"many", LDNS_RR_TYPE_A, LDNS_RR_CLASS_IN, 700}), "NOERROR aa tc");
  EXPECT_NE(ask({"many", LDNS_RR_TYPE_A, LDNS_RR_CLASS_IN, 4096}), "NOERROR aa tc");
  EXPECT_LE(answers.back().size(), 1232);
  for (unsigned i = 60; i < 90; ++i)
    many.addresses.push_back(Address::v4(Be32::of(0x0a010164 + i)));
  server.set("many", many);
  EXPECT_EQ(ask({"many", LDNS_RR_TYPE_A, LDNS_RR_CLASS_IN, 4096}), "NOERROR aa tc");
  Client by_tcp = client();
  by_tcp.transport = Transport::tcp;
  ask(by_tcp, {"many"});
  EXPECT_EQ(ldns_pkt_ancount(packet_of(answers.back()).get()), 90);
  EXPECT_EQ(count(Count::truncated), 3);
}

}  // namespace
}  // namespace viaduct::dns::test
