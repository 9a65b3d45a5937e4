#include "services/guest/dns/cache.h"

#include <gtest/gtest.h>

#include "services/guest/dns/test_support.h"

namespace viaduct::dns::test {
namespace {

const std::string soa =
    "example.com. 900 IN SOA ns.example.com. root.example.com. 7 3600 600 86400 60";

class Answers : public ServerTest {
 protected:
  // What clients are told of a name, that resolvers have said this of.
  std::string resolve(const Ask& what, const Say& said) {
    const std::string at_once = ask(what);
    return at_once == "nothing" ? hear(said) : at_once;
  }
  // The TTL of the first record of the answer that was given last.
  [[nodiscard]] std::uint32_t ttl() const {
    return ldns_rr_ttl(ldns_rr_list_rr(ldns_pkt_answer(packet_of(answers.back()).get()), 0));
  }
  const Ask www{"www.example.com"};
  const Say address{{"www.example.com. 300 IN A 192.0.2.80"}};
};

TEST_F(Answers, AreKeptAndGrowOld) {
  resolve(www, address);
  EXPECT_EQ(ttl(), 300);
  now += std::chrono::seconds{299};
  EXPECT_EQ(ask({"WWW.Example.com"}), "NOERROR: A 192.0.2.80");
  EXPECT_EQ(ttl(), 1);
  now += std::chrono::seconds{1};
  EXPECT_EQ(ask(www), "nothing");
  EXPECT_EQ(asked.size(), 2);
  EXPECT_EQ(count(Count::cached), 1);
}

TEST_F(Answers, AreKeptWithinBounds) {
  settings.min_ttl = 10;
  settings.max_ttl = 100;
  configure();
  resolve(www, address);
  EXPECT_EQ(ttl(), 100);
  resolve({"a.example.com"}, {{"a.example.com. 1 IN A 192.0.2.1"}});
  EXPECT_EQ(ttl(), 10);
  now += std::chrono::seconds{9};
  EXPECT_EQ(ask({"a.example.com"}), "NOERROR: A 192.0.2.1");
}

TEST_F(Answers, WithoutALifetimeAreNotKept) {
  resolve(www, {{"www.example.com. 0 IN A 192.0.2.80"}});
  EXPECT_EQ(ask(www), "nothing");
}

TEST_F(Answers, ThatThereIsNothingAreKeptAsLongAsTheZoneSays) {
  const std::string denial = " | SOA ns.example.com. root.example.com. 7 3600 600 86400 60";
  EXPECT_EQ(resolve(www, {{}, {soa}, LDNS_RCODE_NXDOMAIN}), "NXDOMAIN" + denial);
  now += std::chrono::seconds{59};
  EXPECT_EQ(ask(www), "NXDOMAIN" + denial);
  now += std::chrono::seconds{1};
  EXPECT_EQ(ask(www), "nothing");
  EXPECT_EQ(resolve({"a.example.com", LDNS_RR_TYPE_AAAA}, {{}, {soa}}), "NOERROR" + denial);
  EXPECT_EQ(ask({"a.example.com", LDNS_RR_TYPE_AAAA}), "NOERROR" + denial);
  resolve({"b.example.com"}, {{}, {}, LDNS_RCODE_NXDOMAIN});
  EXPECT_EQ(ask({"b.example.com"}), "nothing") << "nothing says for how long";
}

TEST_F(Answers, FollowAliases) {
  EXPECT_EQ(resolve(www, {{"www.example.com. 300 IN CNAME cdn.example.net.",
                           "cdn.example.net. 60 IN A 192.0.2.81"}}),
            "NOERROR: CNAME cdn.example.net.; A 192.0.2.81");
  now += std::chrono::seconds{60};
  EXPECT_EQ(ask(www), "nothing");
}

TEST_F(Answers, AreBelievedOnlyAboutWhatWasAsked) {
  const Say said{
      {"www.example.com. 300 IN A 192.0.2.80", "bank.example. 300 IN A 192.0.2.66",
       "www.example.com. 300 IN TXT \"no\""},
      {"example. 300 IN NS ns.evil.example.", "bank.example. 300 IN SOA a. b. 1 2 3 4 5"}};
  EXPECT_EQ(resolve(www, said), "NOERROR: A 192.0.2.80");
  EXPECT_EQ(resolve({"a.example.com"}, {{}, {"bank.example. 9 IN SOA a. b. 1 2 3 4 5"}}),
            "NOERROR");
}

// A message whose names lead through so many pointers before they come to the question's.
Octets chain_of(unsigned pointers) {
  Octets message{0x12, 0x34, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0};
  const auto add = [&message](std::initializer_list<unsigned> numbers) {
    for (const unsigned number : numbers) {
      message.push_back(static_cast<std::uint8_t>(number >> 8));
      message.push_back(static_cast<std::uint8_t>(number));
    }
  };
  add({0x0161, 0x0000, 0x0100, 0x01ff});
  message.pop_back();  // a., type A, class IN
  add({0xc00c, 0xff00, 1, 0, 300, 2 * pointers});
  for (unsigned i = 0; i < pointers; ++i) {
    add({i == 0 ? 0xc00c : 0xc000 + static_cast<unsigned>(message.size()) - 2});
  }
  add({0xc000 + static_cast<unsigned>(message.size()) - 2, 1, 1, 0, 300, 4, 0xc000, 0x0201});
  return message;
}

TEST_F(Answers, LeadToNamesByShortWays) {
  const auto near = read_answer(chain_of(2), {});
  ASSERT_TRUE(near.has_value());
  EXPECT_EQ(near->answers, 1);
  EXPECT_FALSE(read_answer(chain_of(1000), {}).has_value());
}

TEST_F(Answers, AreForgottenWhenOthersAreToBeAsked) {
  resolve(www, address);
  server.set("example", Forward{name("example.com"), {resolver("192.0.2.53")}});
  EXPECT_EQ(ask(www), "nothing");
  server.remove_forward("example");
  hear(address);
  EXPECT_EQ(ask(www), "nothing") << "who was asked then is not to be asked now";
}

TEST_F(Answers, KeepTheirSignaturesForThoseWhoWantThem) {
  const std::string signature =
      "www.example.com. 300 IN RRSIG A 13 3 300 20300101000000 20200101000000 1 example.com. "
      "AAAA";
  const Say is_signed{{address.answers[0], signature}, {}, LDNS_RCODE_NOERROR, false, true};
  const Ask secure{"www.example.com", LDNS_RR_TYPE_A, LDNS_RR_CLASS_IN, 1232, true};
  ask(secure);
  EXPECT_TRUE(ldns_pkt_edns_do(packet_of(asked.back().message).get()));
  const std::string with = hear(is_signed);
  EXPECT_EQ(with.substr(0, 36), "NOERROR ad: A 192.0.2.80; RRSIG A 13");
  EXPECT_EQ(ask(secure), with);
  EXPECT_EQ(ask(www), "nothing") << "others are not answered with what they did not ask for";
  EXPECT_FALSE(ldns_pkt_edns_do(packet_of(asked.back().message).get()));
}

TEST_F(Answers, ProveWhatIsNotThere) {
  const Ask secure{"no.example.com", LDNS_RR_TYPE_A, LDNS_RR_CLASS_IN, 1232, true};
  const std::string rest = " 13 2 300 20300101000000 20200101000000 1 example.com. AAAA";
  ask(secure);
  hear({{},
        {soa, "example.com. 900 IN RRSIG SOA" + rest,
         "mail.example.com. 300 IN NSEC www.example.com. A RRSIG NSEC",
         "mail.example.com. 300 IN RRSIG NSEC" + rest, "other.example. 300 IN NSEC z.example. A"},
        LDNS_RCODE_NXDOMAIN});
  EXPECT_EQ(ldns_pkt_nscount(packet_of(answers.back()).get()), 4);
}

TEST_F(Answers, ThatWereNotCheckedAreForThoseAloneWhoWantThem) {
  const Ask unchecked{"www.example.com", LDNS_RR_TYPE_A, LDNS_RR_CLASS_IN, 1232, true,
                      LDNS_RD | LDNS_CD};
  ask(unchecked);
  EXPECT_TRUE(ldns_pkt_cd(packet_of(asked.back().message).get()));
  EXPECT_EQ(hear(address), "NOERROR: A 192.0.2.80");
  const Ask checked{"www.example.com", LDNS_RR_TYPE_A, LDNS_RR_CLASS_IN, 1232, true};
  EXPECT_EQ(ask(checked), "nothing");
  EXPECT_FALSE(ldns_pkt_cd(packet_of(asked.back().message).get()));
}

TEST_F(Answers, SayThatTheyWereCheckedToThoseWhoAsk) {
  Say checked = address;
  checked.is_authentic = true;
  EXPECT_EQ(resolve(www, checked), "NOERROR: A 192.0.2.80");
  Ask curious = www;
  curious.flags |= LDNS_AD;
  EXPECT_EQ(ask(curious), "NOERROR ad: A 192.0.2.80");
}

TEST_F(Answers, AreKeptOnlyWhileThereIsRoom) {
  settings.cache_size = 3;
  configure();
  const auto get = [this](const std::string& host) {
    return resolve({host + ".example.com"}, {{host + ".example.com. 300 IN A 192.0.2.1"}});
  };
  for (const char* host : {"a", "b", "c"}) get(host);
  EXPECT_NE(ask({"a.example.com"}), "nothing");
  get("d");
  EXPECT_EQ(server.cache().size(), 3);
  EXPECT_NE(ask({"a.example.com"}), "nothing");
  EXPECT_EQ(ask({"b.example.com"}), "nothing") << "it was of no use for longest";
  EXPECT_LE(server.cache().bytes(), 3 * 512);
}

TEST_F(Answers, ThatAreLargeDoNotFillTheMemory) {
  settings.cache_size = 20;
  configure();
  for (int i = 0; i < 40; ++i) {
    const std::string host = "n" + std::to_string(i) + ".example.com";
    Say large{{}};
    for (int n = 0; n < 50; ++n) {
      large.answers.push_back(host + ". 300 IN A 192.0.2." + std::to_string(n));
    }
    resolve({host, LDNS_RR_TYPE_A, LDNS_RR_CLASS_IN, 1232}, large);
    EXPECT_LE(server.cache().bytes(), 20 * 512);
  }
  EXPECT_GE(server.cache().size(), 5);
}

}  // namespace
}  // namespace viaduct::dns::test
