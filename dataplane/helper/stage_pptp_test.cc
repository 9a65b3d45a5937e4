#include <gtest/gtest.h>

#include "tests/world.h"

// PPTP through the whole path, as both sides see it.
namespace viaduct::test {
namespace {

using std::string_literals::operator""s;

enum Type { request = 7, reply = 8, clear = 12, notify = 13, error = 14, link_info = 15 };

std::string name(std::uint16_t call) {
  return {static_cast<char>(call >> 8), static_cast<char>(call)};
}

// A control message that names one call, or two.
std::string message(Type type, std::uint16_t first, std::uint16_t second = 0) {
  return "\0\x20\0\1\x1a\x2b\x3c\x4d\0"s + static_cast<char>(type) + "\0\0"s + name(first) +
         name(second) + std::string(16, '\0');
}

std::uint16_t name_in(const std::string& text, std::size_t at = 12) {
  return static_cast<std::uint16_t>(static_cast<std::uint8_t>(text.at(at)) << 8 |
                                    static_cast<std::uint8_t>(text.at(at + 1)));
}

// A packet of a tunnel, to who calls it by this name.
Draft tunnel(std::string_view sentence, std::uint16_t call) {
  return other(47, sentence).carries("\x30\x01\x88\x0b\0\4"s + name(call) + "\0\0\0\1ppp!"s);
}

class PptpCall : public testing::Test {
 protected:
  PptpCall() { wants(R"(["pptp"])"); }
  void wants(const std::string& helpers) {
    router.with("networks/guest0", "{\"helpers\": " + helpers + "}");
  }
  void connect(const std::string& guest) {
    (void)router.sends(tcp(guest + ":1999 > 198.51.100.9:1723"));
    port[guest] = router.last().payload[20] << 8 | router.last().payload[21];
    (void)router.sends(tcp(back(guest)).flags("SA"));
    (void)router.sends(tcp(guest + ":1999 > 198.51.100.9:1723").flags("A"));
  }
  std::string back(const std::string& guest) {
    return "198.51.100.9:1723 > 203.0.113.2:" + std::to_string(port[guest]);
  }
  // What arrives of what one side says.
  std::string says(const std::string& sentence, const std::string& text) {
    const std::string told = router.sends(tcp(sentence).flags("PA").carries(text));
    EXPECT_EQ(told.find("bad"), std::string::npos) << told;
    return router.left().empty() ? told : payload(router.left().back().bytes);
  }
  std::string guest_says(const std::string& guest, const std::string& text) {
    return says(guest + ":1999 > 198.51.100.9:1723", text);
  }
  // A guest calls the server by a name; the server answers with another. Tells by which name the
  // server knows the guest's end.
  std::uint16_t call(const std::string& guest, std::uint16_t its, std::uint16_t servers) {
    connect(guest);
    const std::uint16_t known = name_in(guest_says(guest, message(request, its)));
    EXPECT_EQ(says(back(guest), message(reply, servers, known)), message(reply, servers, its));
    return known;
  }
  std::string carries(std::string_view sentence, std::uint16_t call) {
    const std::string told = router.sends(tunnel(sentence, call));
    if (router.left().empty()) return told;
    const auto packet = router.last().payload;
    return told + " call " + std::to_string(packet[26] << 8 | packet[27]);
  }
  std::size_t expected() { return router.worker().expectations->count(); }

  const std::string one = "10.1.1.20";
  const std::string another = "10.1.1.21";
  const std::string out = " > 198.51.100.9";
  const std::string in = "198.51.100.9 > 203.0.113.2";
  World router;
  std::map<std::string, int> port;
};

TEST_F(PptpCall, CarriesACall) {
  EXPECT_EQ(call(one, 7, 300), 7U) << "a name that is free is kept";
  EXPECT_EQ(carries(one + out, 300), "public0: 203.0.113.2 > 198.51.100.9 call 300");
  EXPECT_EQ(carries(in, 7), "guest0: 198.51.100.9 > 10.1.1.20 call 7");
}

TEST_F(PptpCall, CarriesCallsOfTwoGuestsByOneName) {
  EXPECT_EQ(call(one, 7, 300), 7U);
  const std::uint16_t second = call(another, 7, 301);
  EXPECT_NE(second, 7U);
  EXPECT_EQ(carries(in, 7), "guest0: 198.51.100.9 > 10.1.1.20 call 7");
  EXPECT_EQ(carries(in, second), "guest0: 198.51.100.9 > 10.1.1.21 call 7");
  EXPECT_EQ(carries(one + out, 300), "public0: 203.0.113.2 > 198.51.100.9 call 300");
  EXPECT_EQ(carries(another + out, 301), "public0: 203.0.113.2 > 198.51.100.9 call 301");
}

TEST_F(PptpCall, TellsAGuestOfItsCallByItsOwnName) {
  (void)call(one, 7, 300);
  const std::uint16_t known = call(another, 7, 301);
  EXPECT_EQ(says(back(another), message(error, known)), message(error, 7));
  EXPECT_EQ(says(back(another), message(link_info, known)), message(link_info, 7));
  EXPECT_EQ(guest_says(another, message(link_info, 301)), message(link_info, 301));
  EXPECT_EQ(guest_says(another, message(clear, 7)), message(clear, known));
  EXPECT_EQ(guest_says(another, message(clear, 7)), message(clear, known)) << "sent again";
}

TEST_F(PptpCall, ChangesEveryMessageOfASegment) {
  (void)call(one, 7, 300);
  connect(another);
  const std::string said = guest_says(another, message(link_info, 5) + message(request, 7));
  EXPECT_EQ(said.substr(0, 32), message(link_info, 5));
  EXPECT_NE(name_in(said, 44), 7U);
}

TEST_F(PptpCall, GoesOnAfterSilence) {
  wants(R"(["pptp"], "udp_timeout": 20)");
  (void)call(one, 7, 300);
  (void)carries(in, 7);
  (void)router.waits(60);
  EXPECT_EQ(carries(in, 7), "guest0: 198.51.100.9 > 10.1.1.20 call 7");
}

TEST_F(PptpCall, EndsACallThatWasCleared) {
  (void)call(one, 7, 300);
  EXPECT_EQ(guest_says(one, message(clear, 7)), message(clear, 7));
  EXPECT_EQ(says(back(one), message(notify, 300)), message(notify, 300));
  (void)router.waits(80);
  EXPECT_EQ(expected(), 0U);
  EXPECT_EQ(carries(in, 7), "dropped: denied_inbound");
}

TEST_F(PptpCall, EndsCallsWithTheirConnection) {
  (void)call(one, 7, 300);
  (void)router.sends(tcp(one + ":1999 > 198.51.100.9:1723").flags("FA"));
  (void)router.sends(tcp(back(one)).flags("FA"));
  for (int i = 0; i < 6; ++i) (void)router.waits(50);
  EXPECT_EQ(expected(), 0U);
  EXPECT_EQ(router.mappings(), 0U);
}

TEST_F(PptpCall, LetsNobodyElseIn) {
  (void)call(one, 7, 300);
  EXPECT_EQ(carries("198.51.100.10 > 203.0.113.2", 7), "dropped: denied_inbound");
  EXPECT_EQ(carries(in, 8), "dropped: denied_inbound");
}

TEST_F(PptpCall, LetsAGuestOutToWhomItCalled) {
  router.with("networks/guest1", R"({"helpers": ["pptp"]})");
  router.with("egress_rules/pptp",
              R"({"interface": "guest1", "protocol": "tcp", "ports": "1723"})");
  EXPECT_EQ(carries("10.1.2.20" + out, 300), "dropped: denied_egress");
  (void)call("10.1.2.20", 7, 300);
  EXPECT_EQ(carries("10.1.2.20" + out, 300), "public0: 203.0.113.2 > 198.51.100.9 call 300");
}

TEST_F(PptpCall, LeavesTunnelsThatNobodyAnnounced) {
  EXPECT_EQ(carries(one + out, 300), "public0: 203.0.113.2 > 198.51.100.9 call 300");
  EXPECT_EQ(carries(in, 7), "guest0: 198.51.100.9 > 10.1.1.20 call 7");
  EXPECT_EQ(router.sends(other(47, in)), "guest0: 198.51.100.9 > 10.1.1.20");
  EXPECT_EQ(router.sessions(), 1U) << "they go by their addresses alone";
}

TEST_F(PptpCall, DoesNothingUnlessTheNetworkWantsIt) {
  wants("[]");
  connect(one);
  (void)guest_says(one, message(request, 7));
  EXPECT_EQ(expected(), 0U);
  (void)carries(one + out, 300);
  EXPECT_EQ(carries(in, 7), "guest0: 198.51.100.9 > 10.1.1.20 call 7");
  EXPECT_EQ(router.sends(tunnel(another + out, 301)), "dropped: no_public_port");
}

TEST_F(PptpCall, LeadsToAServerBehindAPortForward) {
  router.with("port_forwards/pptp",
              R"({"protocol": "tcp", "public": "203.0.113.2:1723", "private": "10.1.1.20:1723"})");
  router.with("firewall_rules/pptp",
              R"({"destination": "203.0.113.2", "protocol": "tcp", "ports": "1723"})");
  const std::string client = "198.51.100.9:1999 > 203.0.113.2:1723";
  const std::string server = "10.1.1.20:1723 > 198.51.100.9:1999";
  (void)router.sends(tcp(client));
  (void)router.sends(tcp(server).flags("SA"));
  (void)says(client, message(request, 7));
  EXPECT_EQ(says(server, message(reply, 300, 7)), message(reply, 300, 7));
  EXPECT_EQ(carries(in, 300), "guest0: 198.51.100.9 > 10.1.1.20 call 300");
  EXPECT_EQ(carries(one + out, 7), "public0: 203.0.113.2 > 198.51.100.9 call 7");
}

TEST_F(PptpCall, TellsAGuestThatItsTunnelIsTooWide) {
  (void)call(one, 7, 300);
  (void)call(another, 7, 301);
  (void)carries(another + out, 301);
  const std::string told = router.sends(
      icmp("198.51.100.1 > 203.0.113.2", 3, 4).about(tunnel("203.0.113.2 > 198.51.100.9", 301)));
  EXPECT_TRUE(told.starts_with("guest0: 198.51.100.1 > 10.1.1.21 too big")) << told;
}

TEST_F(PptpCall, IsForetoldByExplain) {
  (void)call(one, 7, 300);
  const auto foretold = router.explains(tunnel(in, 7));
  EXPECT_EQ(foretold, router.sends(tunnel(in, 7)));
}

}  // namespace
}  // namespace viaduct::test
