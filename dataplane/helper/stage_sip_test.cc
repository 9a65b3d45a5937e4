#include <gtest/gtest.h>

#include "tests/world.h"

// SIP through the whole path, as both sides see it.
namespace viaduct::test {
namespace {

std::string lines(std::initializer_list<std::string> all) {
  std::string text;
  for (const auto& line : all) text += line + "\r\n";
  return text;
}

// A message with a body, or without one, and what is said of its length.
std::string message(std::initializer_list<std::string> headers, const std::string& body = "") {
  std::string text = lines(headers);
  if (!body.empty()) text += "Content-Type: application/sdp\r\n";
  return text + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string description(const std::string& address, const std::string& port) {
  return lines({"v=0", "o=a 1 1 IN IP4 " + address, "s=-", "c=IN IP4 " + address, "t=0 0",
                "m=audio " + port + " RTP/AVP 0"});
}

std::string registration(const std::string& endpoint) {
  return message({"REGISTER sip:198.51.100.9 SIP/2.0",
                  "Via: SIP/2.0/UDP " + endpoint + ";branch=z9hG4bK1;rport",
                  "From: <sip:alice@10.1.1.20>;tag=1", "To: <sip:alice@198.51.100.9>",
                  "Call-ID: r@10.1.1.20", "CSeq: 1 REGISTER",
                  "Contact: <sip:alice@" + endpoint + ">", "Expires: 3600"});
}

std::string registered(const std::string& endpoint, const std::string& address,
                       const std::string& port, int expires) {
  return message(
      {"SIP/2.0 200 OK",
       "Via: SIP/2.0/UDP " + endpoint + ";branch=z9hG4bK1;received=" + address + ";rport=" + port,
       "Call-ID: r@10.1.1.20", "CSeq: 1 REGISTER",
       "Contact: <sip:alice@" + endpoint + ">;expires=" + std::to_string(expires)});
}

std::string invitation(const std::string& who, const std::string& via, const std::string& contact,
                       const std::string& body, const std::string& call = "1") {
  return message({"INVITE sip:" + who + " SIP/2.0", "Via: SIP/2.0/UDP " + via + ";branch=z9hG4bK2",
                  "Call-ID: " + call, "CSeq: 1 INVITE", "Contact: <sip:x@" + contact + ">"},
                 body);
}

std::string answer(const std::string& via, const std::string& contact, const std::string& body,
                   const std::string& call = "1") {
  return message({"SIP/2.0 200 OK", "Via: SIP/2.0/UDP " + via + ";branch=z9hG4bK2",
                  "Call-ID: " + call, "CSeq: 1 INVITE", "Contact: <sip:x@" + contact + ">"},
                 body);
}

class SipPhone : public testing::Test {
 protected:
  SipPhone() { wants(R"("helpers": ["sip"])"); }
  void wants(const std::string& settings) { router.with("networks/guest0", "{" + settings + "}"); }
  // What arrives of a datagram.
  std::string says(const std::string& sentence, std::string_view text) {
    const std::string told = router.sends(udp(sentence).carries(text));
    EXPECT_EQ(told.find("bad"), std::string::npos) << told;
    return router.left().empty() ? told : payload(router.left().back().bytes);
  }
  std::size_t expected() { return router.worker().expectations->count(); }
  std::string media(const std::string& sentence) { return router.sends(udp(sentence)); }

  const std::string out = "10.1.1.20:5060 > 198.51.100.9:5060";
  const std::string in = "198.51.100.9:5060 > 203.0.113.2:5060";
  World router;
};

// --- registration

TEST_F(SipPhone, RegistersAGuestAtItsPublicEndpoint) {
  const std::string said = says(out, registration("10.1.1.20:5060"));
  EXPECT_NE(said.find("Via: SIP/2.0/UDP 203.0.113.2:5060;branch=z9hG4bK1;rport\r\n"), said.npos);
  EXPECT_NE(said.find("Contact: <sip:alice@203.0.113.2:5060>\r\n"), said.npos);
  EXPECT_NE(said.find("From: <sip:alice@10.1.1.20>;tag=1\r\n"), said.npos) << "names a person";
  EXPECT_NE(said.find("Call-ID: r@10.1.1.20\r\n"), said.npos);
}

TEST_F(SipPhone, AnswersAGuestAsItAsked) {
  (void)says(out, registration("10.1.1.20:5060"));
  EXPECT_EQ(says(in, registered("203.0.113.2:5060", "203.0.113.2", "5060", 3600)),
            registered("10.1.1.20:5060", "10.1.1.20", "5060", 3600));
}

TEST_F(SipPhone, LeavesOutAPortThatIsNotSaid) {
  EXPECT_NE(says(out, registration("10.1.1.20")).find("alice@203.0.113.2>"), std::string::npos);
}

TEST_F(SipPhone, SaysAPortThatIsAnotherNow) {
  (void)router.sends(udp("10.1.1.11:5060 > 198.51.100.9:80"));
  const std::string said = says(out, registration("10.1.1.20"));
  const std::string known =
      "203.0.113.2:" + std::to_string(router.last().payload[20] << 8 | router.last().payload[21]);
  EXPECT_NE(known, "203.0.113.2:5060");
  EXPECT_NE(said.find("UDP " + known + ";branch"), said.npos) << said;
  EXPECT_NE(said.find("alice@" + known + ">"), said.npos) << said;
  const std::string port = known.substr(known.find(':') + 1);
  EXPECT_EQ(says("198.51.100.9:5060 > " + known, registered(known, "203.0.113.2", port, 60)),
            registered("10.1.1.20:5060", "10.1.1.20", "5060", 60));
}

TEST_F(SipPhone, LeadsRequestsToAGuestAsLongAsItIsRegistered) {
  (void)says(out, registration("10.1.1.20:5060"));
  (void)says(in, registered("203.0.113.2:5060", "203.0.113.2", "5060", 1800));
  (void)router.waits(1700);
  const std::string wish = "OPTIONS sip:alice@203.0.113.2:5060 SIP/2.0";
  const std::string via = "Via: SIP/2.0/UDP 198.51.100.9";
  EXPECT_EQ(says(in, message({wish, via})),
            message({"OPTIONS sip:alice@10.1.1.20:5060 SIP/2.0", via}));
  (void)router.waits(500);
  EXPECT_EQ(says(in, message({wish, via})), "dropped: denied_inbound");
  EXPECT_EQ(router.mappings(), 0U);
}

TEST_F(SipPhone, EndsWithTheRegistration) {
  (void)says(out, registration("10.1.1.20:5060"));
  (void)says(in, registered("203.0.113.2:5060", "203.0.113.2", "5060", 0));
  (void)router.waits(320);
  EXPECT_EQ(router.sessions(), 0U);
  EXPECT_EQ(expected(), 0U);
}

TEST_F(SipPhone, LeadsTheServersRequestsFromAnyPort) {
  (void)says(out, registration("10.1.1.20:5060"));
  const std::string via = "Via: SIP/2.0/UDP 198.51.100.9:5080";
  for (const std::string port : {"5080", "5081", "5080"}) {
    EXPECT_EQ(says("198.51.100.9:" + port + " > 203.0.113.2:5060",
                   message({"OPTIONS sip:alice@203.0.113.2:5060 SIP/2.0", via})),
              message({"OPTIONS sip:alice@10.1.1.20:5060 SIP/2.0", via}));
  }
  EXPECT_EQ(media("198.51.100.10:5080 > 203.0.113.2:5060"), "dropped: denied_inbound");
}

TEST_F(SipPhone, LeadsToAContactThatIsNotWhereTheGuestSpeaksFrom) {
  const std::string from = "10.1.1.20:40000 > 198.51.100.9:5060";
  EXPECT_NE(says(from, registration("10.1.1.20:5062")).find("alice@203.0.113.2:5062>"),
            std::string::npos);
  EXPECT_EQ(says("198.51.100.9:5060 > 203.0.113.2:40000",
                 registered("203.0.113.2:5062", "203.0.113.2", "40000", 600)),
            registered("10.1.1.20:5062", "10.1.1.20", "40000", 600));
  const std::string via = "Via: SIP/2.0/UDP 198.51.100.9";
  EXPECT_EQ(says("198.51.100.9:5060 > 203.0.113.2:5062",
                 message({"OPTIONS sip:alice@203.0.113.2:5062 SIP/2.0", via})),
            message({"OPTIONS sip:alice@10.1.1.20:5062 SIP/2.0", via}));
}

// --- calls

TEST_F(SipPhone, LeadsMediaToAGuestThatCalls) {
  EXPECT_EQ(says(out, invitation("bob@198.51.100.9", "10.1.1.20:5060", "10.1.1.20:5060",
                                 description("10.1.1.20", "4000"))),
            invitation("bob@198.51.100.9", "203.0.113.2:5060", "203.0.113.2:5060",
                       description("203.0.113.2", "4000")));
  EXPECT_EQ(media("198.51.100.9:6000 > 203.0.113.2:4000"),
            "guest0: 198.51.100.9:6000 > 10.1.1.20:4000");
  EXPECT_EQ(media("198.51.100.9:6001 > 203.0.113.2:4001"),
            "guest0: 198.51.100.9:6001 > 10.1.1.20:4001");
  EXPECT_EQ(media("10.1.1.20:4000 > 198.51.100.9:6000"),
            "public0: 203.0.113.2:4000 > 198.51.100.9:6000");
}

TEST_F(SipPhone, LeadsMediaToAGuestThatIsCalled) {
  (void)says(out, registration("10.1.1.20:5060"));
  EXPECT_EQ(says(in, invitation("alice@203.0.113.2:5060", "198.51.100.9", "198.51.100.9",
                                description("198.51.100.9", "6000"))),
            invitation("alice@10.1.1.20:5060", "198.51.100.9", "198.51.100.9",
                       description("198.51.100.9", "6000")));
  EXPECT_EQ(says(out, answer("198.51.100.9", "10.1.1.20:5060", description("10.1.1.20", "4000"))),
            answer("198.51.100.9", "203.0.113.2:5060", description("203.0.113.2", "4000")));
  EXPECT_EQ(media("198.51.100.9:6000 > 203.0.113.2:4000"),
            "guest0: 198.51.100.9:6000 > 10.1.1.20:4000");
}

TEST_F(SipPhone, KnowsMediaByTheEndpointThatTheyLeaveBy) {
  (void)says(out, invitation("bob@198.51.100.9", "10.1.1.20", "10.1.1.20",
                             description("10.1.1.20", "4000")));
  EXPECT_EQ(media("10.1.1.20:4000 > 198.51.100.9:6000"),
            "public0: 203.0.113.2:4000 > 198.51.100.9:6000");
  EXPECT_EQ(media("198.51.100.9:6000 > 203.0.113.2:4000"),
            "guest0: 198.51.100.9:6000 > 10.1.1.20:4000");
}

TEST_F(SipPhone, GivesTwoPortsInARowWhereOneIsTaken) {
  (void)router.sends(udp("10.1.1.11:4001 > 198.51.100.9:80"));
  const std::string said = says(out, invitation("bob@198.51.100.9", "10.1.1.20", "10.1.1.20",
                                                description("10.1.1.20", "4000")));
  EXPECT_NE(said.find("m=audio 4002 RTP/AVP 0\r\n"), said.npos) << said;
  EXPECT_EQ(media("198.51.100.9:6001 > 203.0.113.2:4003"),
            "guest0: 198.51.100.9:6001 > 10.1.1.20:4001");
}

TEST_F(SipPhone, SaysTheLengthOfWhatItSays) {
  const std::string said = says(out, invitation("bob@198.51.100.9", "10.1.1.20", "10.1.1.20",
                                                description("10.1.1.20", "4000")));
  const auto body = said.find("\r\n\r\n") + 4;
  EXPECT_NE(said.find("Content-Length: " + std::to_string(said.size() - body) + "\r\n"), said.npos);
}

TEST_F(SipPhone, SaysTheSameWhenItIsSentAgain) {
  const std::string offer =
      invitation("bob@198.51.100.9", "10.1.1.20", "10.1.1.20", description("10.1.1.20", "4000"));
  const std::string said = says(out, offer);
  const std::size_t before = expected();
  EXPECT_EQ(says(out, offer), said);
  EXPECT_EQ(expected(), before);
}

TEST_F(SipPhone, LetsMediaInFromWhereTheAnswerSaysTheyAre) {
  (void)says(out, invitation("bob@198.51.100.9", "10.1.1.20", "10.1.1.20",
                             description("10.1.1.20", "4000")));
  EXPECT_EQ(media("198.51.100.77:6000 > 203.0.113.2:4000"), "dropped: denied_inbound");
  (void)says(in, answer("203.0.113.2:5060", "198.51.100.9", description("198.51.100.77", "6000")));
  EXPECT_EQ(media("198.51.100.77:6000 > 203.0.113.2:4000"),
            "guest0: 198.51.100.77:6000 > 10.1.1.20:4000");
  EXPECT_EQ(media("198.51.100.78:6000 > 203.0.113.2:4000"), "dropped: denied_inbound");
}

TEST_F(SipPhone, LetsNoMediaInForAnotherCall) {
  (void)says(out, invitation("bob@198.51.100.9", "10.1.1.20", "10.1.1.20",
                             description("10.1.1.20", "4000"), "1"));
  (void)says(in,
             answer("203.0.113.2:5060", "198.51.100.9", description("198.51.100.77", "6000"), "2"));
  EXPECT_EQ(media("198.51.100.77:6000 > 203.0.113.2:4000"), "dropped: denied_inbound");
}

TEST_F(SipPhone, LetsMediaOutToWhereTheServerListens) {
  router.with("networks/guest1", R"({"helpers": ["sip"]})");
  router.with("egress_rules/sip", R"({"interface": "guest1", "protocol": "udp", "ports": "5060"})");
  EXPECT_EQ(media("10.1.2.20:4000 > 198.51.100.9:6000"), "dropped: denied_egress");
  (void)says(
      "10.1.2.20:5060 > 198.51.100.9:5060",
      invitation("bob@198.51.100.9", "10.1.2.20", "10.1.2.20", description("10.1.2.20", "4000")));
  (void)says(in, answer("203.0.113.2", "198.51.100.9", description("198.51.100.9", "6000")));
  EXPECT_EQ(media("10.1.2.20:4000 > 198.51.100.9:6000"),
            "public0: 203.0.113.2:4000 > 198.51.100.9:6000");
}

// --- what it leaves

TEST_F(SipPhone, DoesNothingUnlessTheNetworkWantsIt) {
  wants(R"("helpers": ["ftp", "tftp"])");
  EXPECT_EQ(says(out, registration("10.1.1.20:5060")), registration("10.1.1.20:5060"));
  EXPECT_EQ(expected(), 0U);
}

TEST_F(SipPhone, StopsWhenTheNetworkDoesNotWantItAnyMore) {
  (void)says(out, registration("10.1.1.20:5060"));
  wants(R"("helpers": [])");
  EXPECT_EQ(says(out, registration("10.1.1.20:5060")), registration("10.1.1.20:5060"));
  EXPECT_EQ(media("198.51.100.9:5080 > 203.0.113.2:5060"), "dropped: denied_inbound");
}

TEST_F(SipPhone, LeavesWhatItDoesNotUnderstand) {
  for (const std::string text : {"\r\n\r\n", "hello", "REGISTER sip:198.51.100.9 SIP/2.0\r\n"}) {
    EXPECT_EQ(says(out, text), text);
  }
  EXPECT_EQ(expected(), 0U);
}

TEST_F(SipPhone, AnnouncesNobodyElsesAddressAndNoServersPort) {
  for (const std::string& body :
       {description("10.1.1.21", "4000"), description("10.1.1.20", "53")}) {
    const std::string said =
        says(out, invitation("bob@198.51.100.9", "198.51.100.7", "198.51.100.7", body));
    EXPECT_NE(said.find(body), said.npos) << said;
  }
  EXPECT_EQ(expected(), 0U);
}

TEST_F(SipPhone, LeavesMediaThatAreNowhere) {
  const std::string held = description("0.0.0.0", "4000");
  EXPECT_NE(says(out, invitation("b@198.51.100.9", "10.1.1.20", "198.51.100.7", held)).find(held),
            std::string::npos);
  EXPECT_EQ(expected(), 0U);
}

TEST_F(SipPhone, TranslatesAnAddressAloneWhereAMediumIsRefused) {
  const std::string said = says(out, answer("198.51.100.9", "198.51.100.7",  //
                                            description("10.1.1.20", "0")));
  EXPECT_NE(said.find(description("203.0.113.2", "0")), said.npos) << said;
  EXPECT_EQ(expected(), 0U);
}

TEST_F(SipPhone, LetsInByStaticNat) {
  router.with("static_nats/phone", R"({"public": "203.0.113.9", "private": "10.1.1.20"})");
  EXPECT_EQ(says(out, invitation("bob@198.51.100.9", "10.1.1.20", "10.1.1.20",
                                 description("10.1.1.20", "4000"))),
            invitation("bob@198.51.100.9", "203.0.113.9", "203.0.113.9",
                       description("203.0.113.9", "4000")));
  EXPECT_EQ(media("198.51.100.9:6001 > 203.0.113.9:4001"),
            "guest0: 198.51.100.9:6001 > 10.1.1.20:4001");
}

TEST_F(SipPhone, LetsClientsIntoAServerBehindAPortForward) {
  router.with("port_forwards/sip",
              R"({"protocol": "udp", "public": "203.0.113.2:5060", "private": "10.1.1.20:5060"})");
  router.with("firewall_rules/sip",
              R"({"destination": "203.0.113.2", "protocol": "udp", "ports": "5060"})");
  EXPECT_EQ(says(in, invitation("bob@203.0.113.2", "198.51.100.9", "198.51.100.9",
                                description("198.51.100.9", "6000"))),
            invitation("bob@10.1.1.20", "198.51.100.9", "198.51.100.9",
                       description("198.51.100.9", "6000")));
  EXPECT_EQ(says(out, answer("198.51.100.9", "10.1.1.20", description("10.1.1.20", "4000"))),
            answer("198.51.100.9", "203.0.113.2", description("203.0.113.2", "4000")));
  EXPECT_EQ(media("198.51.100.9:6000 > 203.0.113.2:4000"),
            "guest0: 198.51.100.9:6000 > 10.1.1.20:4000");
}

TEST_F(SipPhone, IsForetoldByExplain) {
  (void)says(out, invitation("bob@198.51.100.9", "10.1.1.20", "10.1.1.20",
                             description("10.1.1.20", "4000")));
  const auto foretold = router.explains(udp("198.51.100.9:6000 > 203.0.113.2:4000"));
  EXPECT_EQ(foretold, media("198.51.100.9:6000 > 203.0.113.2:4000"));
}

}  // namespace
}  // namespace viaduct::test
