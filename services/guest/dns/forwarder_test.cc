#include "services/guest/dns/forwarder.h"

#include <gtest/gtest.h>

#include "services/guest/dns/test_support.h"

namespace viaduct::dns::test {
namespace {

const std::vector<std::string> www{"www.example.com. 300 IN A 192.0.2.80"};
const std::string soa =
    "example.com. 900 IN SOA ns.example.com. root.example.com. 7 3600 600 86400 60";

class Questions : public ServerTest {
 protected:
  Questions() {
    settings.queries_per_second = 0;
    configure();
  }
  // How often each resolver was asked.
  [[nodiscard]] long times(std::string_view whom) const {
    return std::ranges::count(asked, resolver(whom).endpoint, &Asking::resolver);
  }
  [[nodiscard]] bool is_forgotten(const Asking& question) const {
    return std::ranges::find(forgotten, question.token) != forgotten.end();
  }
};

TEST_F(Questions, ForOtherNamesGoToAResolverAndItsAnswerToTheClient) {
  EXPECT_EQ(ask({"www.example.com"}), "nothing");
  ASSERT_EQ(asked.size(), 1);
  EXPECT_EQ(asked[0].transport, Transport::udp);
  EXPECT_EQ(hear({www}), "NOERROR: A 192.0.2.80");
  EXPECT_EQ(answered.back().endpoint, client().endpoint);
  EXPECT_TRUE(is_forgotten(asked[0]));
  EXPECT_EQ(count(Count::forwarded), 1);
  EXPECT_EQ(server.next_deadline(), std::nullopt);
}

TEST_F(Questions, AreHardToGuess) {
  for (int i = 0; i < 20; ++i) ask({"a-name-with-letters" + std::to_string(i) + ".example.com"});
  std::set<std::uint16_t> ids;
  bool has_upper = false;
  for (const Asking& question : asked) {
    const Packet packet = packet_of(question.message);
    ids.insert(ldns_pkt_id(packet.get()));
    has_upper |= std::ranges::any_of(question.message, [](int c) { return c >= 'A' && c <= 'Z'; });
    EXPECT_EQ(ldns_pkt_edns_udp_size(packet.get()), 1232);
    EXPECT_TRUE(ldns_pkt_rd(packet.get()));
  }
  EXPECT_GT(ids.size(), 15);
  EXPECT_TRUE(has_upper);
}

TEST_F(Questions, AreNotAnsweredByForgedMessages) {
  ask({"www.example.com"});
  Octets wrong_id = Say{www}.to(asked[0].message);
  wrong_id[0] ^= 1;
  Octets wrong_question = Say{www}.to(asked[0].message);
  wrong_question[13] = '0';
  Octets no_answer = asked[0].message;
  for (const Octets& forged : {wrong_id, wrong_question, no_answer, Octets(5)}) {
    server.answer(asked[0].token, forged, now);
  }
  server.answer(asked[0].token + 1, Say{www}.to(asked[0].message), now);
  EXPECT_TRUE(answers.empty());
  EXPECT_EQ(server.figures().strays, 5);
  EXPECT_EQ(hear({www}), "NOERROR: A 192.0.2.80");
}

TEST_F(Questions, ThatSomebodyTriesToAnswerByGuessesAreAskedByTcp) {
  ask({"www.example.com"});
  Octets forged = Say{www}.to(asked[0].message);
  forged[0] ^= 1;
  for (int i = 0; i < 8; ++i) server.answer(asked[0].token, forged, now);
  ASSERT_EQ(asked.size(), 2);
  EXPECT_EQ(asked[1].transport, Transport::tcp);
  EXPECT_EQ(asked[1].resolver, asked[0].resolver);
  EXPECT_TRUE(is_forgotten(asked[0]));
  EXPECT_EQ(hear(asked[0], {www}), "nothing");
  EXPECT_EQ(hear({www}), "NOERROR: A 192.0.2.80");
}

TEST_F(Questions, WhoseLettersTheResolverChangesAreAskedByTcp) {
  ask({"www.a-long-name-of-many-letters.example.com"});
  Octets lower = Say{{"www.a-long-name-of-many-letters.example.com. 300 IN A 192.0.2.80"}}.to(
      asked[0].message);
  for (std::size_t i = 12; i < 50; ++i) lower[i] = static_cast<std::uint8_t>(tolower(lower[i]));
  server.answer(asked[0].token, lower, now);
  ASSERT_EQ(asked.size(), 2);
  EXPECT_EQ(asked[1].transport, Transport::tcp);
  Octets by_tcp = lower;
  std::copy_n(asked[1].message.begin(), 2, by_tcp.begin());
  server.answer(asked[1].token, by_tcp, now);
  EXPECT_EQ(told(answers.back()), "NOERROR: A 192.0.2.80");
}

TEST_F(Questions, WithLongAnswersAreAskedByTcp) {
  ask({"www.example.com"});
  EXPECT_EQ(hear(Say{{}, {}, LDNS_RCODE_NOERROR, true}), "nothing");
  ASSERT_EQ(asked.size(), 2);
  EXPECT_EQ(asked[1].transport, Transport::tcp);
  EXPECT_EQ(asked[1].resolver, asked[0].resolver);
  std::vector<std::string> many;
  for (int i = 0; i < 100; ++i) {
    many.push_back("www.example.com. 300 IN A 192.0.2." + std::to_string(i));
  }
  EXPECT_EQ(hear({many}), "NOERROR tc");
  Client by_tcp = client();
  by_tcp.transport = Transport::tcp;
  ask(by_tcp, {"www.example.com"});
  EXPECT_EQ(ldns_pkt_ancount(packet_of(answers.back()).get()), 100);
}

TEST_F(Questions, ThatAreNotAnsweredInTimeGoToAnother) {
  ask({"www.example.com"});
  wait();
  ASSERT_EQ(asked.size(), 2);
  EXPECT_NE(asked[1].resolver, asked[0].resolver);
  EXPECT_EQ(hear(asked[0], {www}), "NOERROR: A 192.0.2.80") << "a late answer is good";
  EXPECT_TRUE(is_forgotten(asked[1]));
  EXPECT_EQ(hear(asked[1], {www}), "nothing");
}

TEST_F(Questions, ThatAResolverCannotAnswerGoToAnotherAtOnce) {
  ask({"www.example.com"});
  EXPECT_EQ(hear({{}, {}, LDNS_RCODE_SERVFAIL}), "nothing");
  ASSERT_EQ(asked.size(), 2);
  EXPECT_NE(asked[1].resolver, asked[0].resolver);
  EXPECT_EQ(hear({www}), "NOERROR: A 192.0.2.80");

  ask({"broken.example.com"});
  hear({{}, {}, LDNS_RCODE_REFUSED});
  EXPECT_EQ(hear({{}, {}, LDNS_RCODE_SERVFAIL}), "SERVFAIL");
  EXPECT_EQ(ask({"broken.example.com"}), "SERVFAIL") << "for a moment, nobody is asked again";
  now += std::chrono::seconds{2};
  EXPECT_EQ(ask({"broken.example.com"}), "nothing");
}

TEST_F(Questions, ForAnUnreachableResolverGoToAnotherAtOnce) {
  ask({"www.example.com"});
  server.unreachable(asked[0].token, now);
  ASSERT_EQ(asked.size(), 2);
  EXPECT_NE(asked[1].resolver, asked[0].resolver);
  server.unreachable(asked[1].token, now);
  EXPECT_EQ(told(answers.back()), "SERVFAIL");
  EXPECT_EQ(count(Count::failed), 1);
}

TEST_F(Questions, ThatNobodyAnswersFailBeforeClientsAskAgain) {
  ask({"www.example.com"});
  const Time begun = now;
  while (server.next_deadline()) wait();
  EXPECT_EQ(told(answers.back()), "SERVFAIL");
  EXPECT_LT(now - begun, std::chrono::seconds{5});
  EXPECT_GE(asked.size(), 4);
  EXPECT_LE(asked.size(), 16);
  for (const Asking& question : asked) EXPECT_TRUE(is_forgotten(question));
  EXPECT_EQ(server.figures().timed_out, 1);
}

TEST_F(Questions, GoToTheResolverThatIsFastest) {
  for (int i = 0; i < 100; ++i) {
    ask({"n" + std::to_string(i) + ".example.com"});
    const bool is_fast = asked.back().resolver == resolver("198.51.100.54").endpoint;
    now += std::chrono::milliseconds{is_fast ? 5 : 40};
    hear({{}, {soa}, LDNS_RCODE_NXDOMAIN});
  }
  EXPECT_GT(times("198.51.100.54"), 85);
  EXPECT_GE(times("198.51.100.53"), 1);
}

TEST_F(Questions, ComeBackToAResolverThatHasRecovered) {
  const auto use = [this](int first, int count, bool is_dead) {
    for (int i = first; i < first + count; ++i) {
      ask({"n" + std::to_string(i) + ".example.com"});
      if (is_dead && asked.back().resolver == resolver("198.51.100.53").endpoint) wait();
      const bool is_fast = asked.back().resolver == resolver("198.51.100.53").endpoint;
      now += std::chrono::milliseconds{is_fast ? 5 : 50};
      hear({{}, {soa}, LDNS_RCODE_NXDOMAIN});
    }
  };
  use(0, 200, true);
  EXPECT_LT(times("198.51.100.53"), 10);
  use(200, 1000, false);
  EXPECT_GT(times("198.51.100.53"), 500);
}

TEST_F(Questions, ThatWaitAreNotAskedAgain) {
  ask({"www.example.com"});
  ask(client("10.1.1.12"),
      {"WWW.example.com", LDNS_RR_TYPE_A, LDNS_RR_CLASS_IN, 0, false, LDNS_RD, 7});
  EXPECT_EQ(asked.size(), 1);
  EXPECT_EQ(server.figures().joined, 1);
  hear({www});
  ASSERT_EQ(answers.size(), 2);
  EXPECT_EQ(answered[1].endpoint.address, address("10.1.1.12"));
  EXPECT_EQ(ldns_pkt_id(packet_of(answers[1]).get()), 7);
  EXPECT_EQ(answers[1][13], 'W');
}

TEST_F(Questions, ThatComeBackToUsAreALoop) {
  ask({"www.example.com"});
  server.receive(client("10.1.1.1"), asked[0].message, now);
  ASSERT_EQ(answers.size(), 1);
  EXPECT_EQ(told(answers[0]), "REFUSED");
  EXPECT_EQ(count(Count::looped), 1);
  server.answer(asked[0].token, answers[0], now);
  ASSERT_EQ(asked.size(), 2) << "another resolver is asked";
  EXPECT_EQ(hear({www}), "NOERROR: A 192.0.2.80");
}

TEST_F(Questions, ForSomeDomainsGoToOthers) {
  server.set("corp", Forward{name("corp.example"), {resolver("192.0.2.53:5353")}});
  server.set("open", Forward{name("open.corp.example"), {}});
  server.set("reverse", Forward{name("1.10.in-addr.arpa"), {resolver("192.0.2.54")}});
  ask({"www.corp.example"});
  EXPECT_EQ(to_string(asked.back().resolver), "192.0.2.53:5353");
  ask({"9.9.1.10.in-addr.arpa", LDNS_RR_TYPE_PTR});
  EXPECT_EQ(to_string(asked.back().resolver), "192.0.2.54:53");
  ask({"www.open.corp.example"});
  EXPECT_EQ(times("198.51.100.53") + times("198.51.100.54"), 1);
  server.remove_forward("corp");
  ask({"mail.corp.example"});
  EXPECT_EQ(times("198.51.100.53") + times("198.51.100.54"), 2);
}

TEST_F(Questions, OfTheRoutersOwnDomainGoWhereItIsForwardedTo) {
  server.set("web1", host("web1", {"10.1.1.11"}));
  server.set("own", Forward{name("iso1.internal"), {resolver("192.0.2.53")}});
  EXPECT_EQ(ask({"web1.iso1.internal"}), "NOERROR aa: A 10.1.1.11");
  EXPECT_EQ(ask({"www.iso1.internal"}), "nothing");
  EXPECT_EQ(to_string(asked.back().resolver), "192.0.2.53:53");
  settings.local_domains = {name("deep.iso1.internal")};
  configure();
  EXPECT_EQ(ask({"www.deep.iso1.internal"}).substr(0, 8), "NXDOMAIN") << "the longest decides";
  server.remove_forward("own");
  EXPECT_EQ(ask({"ftp.iso1.internal"}).substr(0, 8), "NXDOMAIN");
}

TEST_F(Questions, AboutNamesKnownHereAreNotDeniedThatTheseExist) {
  server.set("deep", host("a.b.example.com", {"10.1.1.12"}));
  const Say nobody{{}, {soa}, LDNS_RCODE_NXDOMAIN, false, true};
  const std::string said = " | SOA ns.example.com. root.example.com. 7 3600 600 86400 60";
  const Ask above{"B.example.com", LDNS_RR_TYPE_A, LDNS_RR_CLASS_IN, 1232, true};
  ask(above);
  EXPECT_EQ(hear(nobody), "NOERROR" + said);
  EXPECT_EQ(ask(above), "NOERROR" + said) << "from the cache";
  ask({"a.b.example.com", LDNS_RR_TYPE_MX});
  EXPECT_EQ(hear(nobody), "NOERROR" + said);
  server.remove_host("deep");
  EXPECT_EQ(ask(above), "NXDOMAIN ad" + said);
}

TEST_F(Questions, TellHowFarAResolverIsOnceItHasAnswered) {
  settings.resolvers = {resolver("198.51.100.53")};
  configure();
  const auto round_trip = [this] {
    std::optional<Duration> found;
    server.each_upstream([&](const Upstream& upstream) { found = upstream.round_trip(); });
    return found;
  };
  ask({"www.example.com"});
  wait();
  EXPECT_EQ(round_trip(), std::nullopt);
  now += std::chrono::milliseconds{30};
  hear({www});
  EXPECT_EQ(round_trip(), std::chrono::milliseconds{30});
}

TEST_F(Questions, ThatNobodyCouldBeAskedAreRefused) {
  settings.resolvers.clear();
  configure();
  EXPECT_EQ(ask({"www.example.com"}), "REFUSED");
}

TEST_F(Questions, AreLimitedSoThatOneClientCannotFillTheRoom) {
  settings.pending_questions = 8;
  configure();
  ask({"a.example.com"});
  ask({"b.example.com"});
  EXPECT_EQ(ask({"c.example.com"}), "SERVFAIL");
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(ask(client("10.1.1.2" + std::to_string(i)), {std::to_string(i) + ".example.com"}),
              "nothing");
  }
  EXPECT_EQ(ask(client("10.1.1.30"), {"d.example.com"}), "SERVFAIL");
  EXPECT_EQ(ask(client("10.1.1.30"), {"a.example.com"}), "nothing") << "it is asked already";
  EXPECT_EQ(count(Count::overloaded), 2);
}

TEST_F(Questions, OfNetworksThatAreGoneAreAnsweredToNobody) {
  ask({"www.example.com"});
  server.remove_network("guest0");
  EXPECT_EQ(hear({www}), "nothing");
}

TEST_F(Questions, GoWithoutEdnsToResolversThatDoNotKnowIt) {
  ask({"www.example.com"});
  EXPECT_EQ(hear({{}, {}, LDNS_RCODE_FORMERR}), "nothing");
  ASSERT_EQ(asked.size(), 2);
  EXPECT_EQ(asked[1].resolver, asked[0].resolver);
  EXPECT_FALSE(ldns_pkt_edns(packet_of(asked[1].message).get()));
  EXPECT_EQ(hear({www}), "NOERROR: A 192.0.2.80");
}

TEST_F(Questions, EachEndInOneCount) {
  ask({"www.example.com"});
  hear({www});
  ask({"www.example.com"});
  ask({"data-server"});
  ask({"late.example.com"});
  std::uint64_t ended = 0;
  for (auto what = static_cast<int>(Count::local); what < static_cast<int>(Count::truncated);
       ++what) {
    ended += count(static_cast<Count>(what));
  }
  EXPECT_EQ(count(Count::received), ended + server.pending());
}

}  // namespace
}  // namespace viaduct::dns::test
