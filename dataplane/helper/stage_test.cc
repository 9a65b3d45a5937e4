#include <gtest/gtest.h>

#include "tests/world.h"

// FTP and TFTP through the whole path, as both sides see it.
namespace viaduct::test {
namespace {

constexpr auto port_command = "PORT 10,1,1,20,19,136\r\n";  // 10.1.1.20:5000

class Helper : public testing::Test {
 protected:
  Helper() { wants(R"(["ftp", "tftp"])"); }
  void wants(const std::string& helpers) {
    router.with("networks/guest0", "{\"helpers\": " + helpers + "}");
  }
  // Opens a TCP connection from one to the other, as each knows itself, and as the other knows it.
  void connect(const std::string& client, const std::string& server,
               const std::string& client_outside, const std::string& server_inside) {
    there = client + " > " + server;
    back = server_inside + " > " + client_outside;
    EXPECT_FALSE(router.sends(tcp(there)).starts_with("dropped"));
    EXPECT_FALSE(router.sends(tcp(back).flags("SA")).starts_with("dropped"));
    (void)router.sends(tcp(there).flags("A"));
  }
  // What arrives of what one side says.
  std::string says(const std::string& sentence, std::string_view text, std::uint32_t sequence = 1) {
    const std::string told =
        router.sends(tcp(sentence).flags("PA").carries(text).sequence(sequence));
    EXPECT_EQ(told.find("bad"), std::string::npos) << told;
    return router.left().empty() ? told : payload(router.left().back().bytes);
  }
  std::size_t expected() { return router.worker().expectations->count(); }

  World router;
  std::string there;
  std::string back;
};

std::uint32_t number_at(const Bytes& frame, std::size_t at) {
  const auto tcp = read_frame(frame).payload.subspan(20);
  return std::uint32_t{tcp[at]} << 24 | std::uint32_t{tcp[at + 1]} << 16 |
         std::uint32_t{tcp[at + 2]} << 8 | tcp[at + 3];
}

class ActiveFtp : public Helper {
 protected:
  ActiveFtp() {
    connect("10.1.1.20:40000", "198.51.100.9:21", "203.0.113.2:40000", "198.51.100.9:21");
  }
  std::string comes_in(const std::string& from = "198.51.100.9:20") {
    return router.sends(tcp(from + " > 203.0.113.2:5000"));
  }
};

TEST_F(ActiveFtp, LeadsTheServerToTheClient) {
  EXPECT_EQ(says(there, port_command), "PORT 203,0,113,2,19,136\r\n");
  EXPECT_EQ(comes_in(), "guest0: 198.51.100.9:20 > 10.1.1.20:5000");
  EXPECT_EQ(router.sends(tcp("10.1.1.20:5000 > 198.51.100.9:20").flags("SA")),
            "public0: 203.0.113.2:5000 > 198.51.100.9:20");
}

TEST_F(ActiveFtp, LetsOneConnectionInForEachAnnouncement) {
  (void)says(there, port_command);
  (void)comes_in();
  EXPECT_EQ(comes_in("198.51.100.9:3000"), "dropped: denied_inbound");
}

TEST_F(ActiveFtp, LetsNobodyElseIn) {
  (void)says(there, port_command);
  EXPECT_EQ(comes_in("198.51.100.10:20"), "dropped: denied_inbound");
  EXPECT_EQ(router.sends(udp("198.51.100.9:20 > 203.0.113.2:5000")), "dropped: denied_inbound");
  EXPECT_EQ(router.sends(tcp("198.51.100.9:20 > 203.0.113.2:5001")), "dropped: denied_inbound");
}

TEST_F(ActiveFtp, DoesNothingUnlessTheNetworkWantsIt) {
  wants("[]");
  EXPECT_EQ(says(there, port_command), port_command);
  EXPECT_EQ(comes_in(), "dropped: denied_inbound");
}

TEST_F(ActiveFtp, AnnouncesNobodyElsesAddressAndNoServersPort) {
  for (const char* text :
       {"PORT 10,1,1,21,19,136\r\n", "PORT 198,51,100,7,19,136\r\n", "PORT 10,1,1,20,0,22\r\n"}) {
    EXPECT_EQ(says(there, text), text);
  }
  EXPECT_EQ(expected(), 0U);
}

TEST_F(ActiveFtp, GivesAnotherPortWhereTheAnnouncedOneIsTaken) {
  (void)router.sends(tcp("10.1.1.11:5000 > 198.51.100.9:80"));
  const std::string said = says(there, port_command);
  EXPECT_NE(said, "PORT 203,0,113,2,19,136\r\n");
  EXPECT_TRUE(said.starts_with("PORT 203,0,113,2,")) << said;
}

TEST_F(ActiveFtp, ForgetsWhatDoesNotComeInTime) {
  (void)says(there, port_command);
  EXPECT_EQ(expected(), 1U);
  (void)router.waits(70);
  EXPECT_EQ(expected(), 0U);
  EXPECT_EQ(comes_in(), "dropped: denied_inbound");
  EXPECT_EQ(router.mappings(), 1U) << "the connection's own";
}

TEST_F(ActiveFtp, ForgetsWhatAConnectionAnnouncedThatIsOver) {
  (void)says(there, port_command);
  (void)router.sends(tcp(there).flags("FA"));
  (void)router.sends(tcp(back).flags("FA"));
  for (int i = 0; i < 5; ++i) (void)router.waits(50);
  EXPECT_EQ(router.sessions(), 0U);
  EXPECT_EQ(router.mappings(), 0U);
}

TEST_F(ActiveFtp, HasRoomForSomeAnnouncementsAtATime) {
  std::uint32_t sequence = 1;
  for (int port = 0; port < 2000; ++port) {
    const std::string said = "PORT 10,1,1,20," + std::to_string(20 + port / 200) + "," +
                             std::to_string(port % 200) + "\r\n";
    (void)says(there, said, sequence);
    sequence += static_cast<std::uint32_t>(said.size());
  }
  EXPECT_EQ(expected(), 512U) << "eight in each share";
  EXPECT_EQ(router.mappings(), 513U);
}

TEST_F(ActiveFtp, IsForetoldByExplain) {
  (void)says(there, port_command);
  const auto foretold = router.explains(tcp("198.51.100.9:20 > 203.0.113.2:5000"));
  EXPECT_EQ(foretold, comes_in());
}

// --- numbers

TEST_F(ActiveFtp, ShiftsNumbersByWhatTheTextGrew) {
  const std::size_t growth = says(there, port_command).size() - 23;
  ASSERT_EQ(growth, 2U);
  EXPECT_EQ(number_at(router.left().back().bytes, 4), 1U) << "what comes before is not shifted";
  (void)says(there, "LIST\r\n", 24);
  EXPECT_EQ(number_at(router.left().back().bytes, 4), 26U);
  (void)router.sends(tcp(back).flags("A").acknowledges(26));
  EXPECT_EQ(number_at(router.left().back().bytes, 8), 24U);
}

TEST_F(ActiveFtp, SaysTheSameWhenItIsSentAgain) {
  const std::string first = says(there, port_command);
  (void)says(there, "LIST\r\n", 24);
  EXPECT_EQ(says(there, port_command), first);
  EXPECT_EQ(number_at(router.left().back().bytes, 4), 1U);
  EXPECT_EQ(expected(), 1U);
}

TEST_F(ActiveFtp, ShiftsSelectiveAcknowledgementsToo) {
  (void)says(there, port_command);
  const Bytes block{1, 1, 5, 10, 0, 0, 0, 26, 0, 0, 0, 32};
  const std::string told = router.sends(tcp(back).flags("A").acknowledges(1).tcp_options(block));
  EXPECT_EQ(told, "guest0: 198.51.100.9:21 > 10.1.1.20:40000");
  EXPECT_EQ(number_at(router.left().back().bytes, 24), 24U);
  EXPECT_EQ(number_at(router.left().back().bytes, 28), 30U);
}

TEST_F(ActiveFtp, GoesOnShiftingWhenTheHelperIsSwitchedOff) {
  (void)says(there, port_command);
  wants("[]");
  EXPECT_EQ(says(there, "LIST\r\n", 24), "LIST\r\n");
  EXPECT_EQ(number_at(router.left().back().bytes, 4), 26U);
  EXPECT_EQ(says(there, port_command, 30), port_command);
}

TEST_F(ActiveFtp, AsksForShorterSegmentsWhereOneWouldGrowTooLong) {
  const std::string longest =
      port_command + std::string(1500 - 40 - std::string_view{port_command}.size(), 'x');
  EXPECT_EQ(router.sends(tcp(there).flags("PA").carries(longest)),
            "guest0: 10.1.1.1 > 10.1.1.20 too big for 1498 about "
            "10.1.1.20:40000 > 198.51.100.9:21; dropped: too_big");
}

// --- the generations after

TEST_F(ActiveFtp, KeepsItsDataConnectionWhenSomethingElseChanges) {
  (void)says(there, port_command);
  (void)comes_in();
  router.with("firewall_rules/web",
              R"({"destination": "203.0.113.2", "protocol": "tcp", "ports": "80"})");
  router.with("routes/far", R"({"prefix": "192.0.2.0/24", "via": "203.0.113.1"})");
  EXPECT_EQ(router.sends(tcp("198.51.100.9:20 > 203.0.113.2:5000").flags("A")),
            "guest0: 198.51.100.9:20 > 10.1.1.20:5000");
}

TEST_F(ActiveFtp, LosesItsDataConnectionWithTheHelper) {
  (void)says(there, port_command);
  (void)comes_in();
  wants("[]");
  EXPECT_EQ(router.sends(tcp("198.51.100.9:20 > 203.0.113.2:5000").flags("A")),
            "dropped: session_revoked");
}

// --- passive, and guests that are servers

class PassiveFtp : public Helper {
 protected:
  static constexpr auto numbers = "227 Entering Passive Mode (10,1,1,20,19,136).\r\n";
  static constexpr auto words = "229 Entering Extended Passive Mode (|||5000|)\r\n";
};

TEST_F(PassiveFtp, LetsAGuestOutToWhereTheServerListens) {
  router.with("networks/guest1", R"({"helpers": ["ftp"]})");
  router.with("egress_rules/ftp", R"({"interface": "guest1", "protocol": "tcp", "ports": "21"})");
  connect("10.1.2.20:40000", "198.51.100.9:21", "203.0.113.2:40000", "198.51.100.9:21");
  const std::string data = "10.1.2.20:40001 > 198.51.100.9:5000";
  EXPECT_EQ(router.sends(tcp(data)), "dropped: denied_egress");
  EXPECT_EQ(says(back, "227 Ok (198,51,100,9,19,136)\r\n"), "227 Ok (198,51,100,9,19,136)\r\n");
  EXPECT_EQ(router.sends(tcp(data)), "public0: 203.0.113.2:40001 > 198.51.100.9:5000");
}

TEST_F(PassiveFtp, LeadsToAServerBehindStaticNat) {
  router.with("static_nats/ftp", R"({"public": "203.0.113.9", "private": "10.1.1.20"})");
  router.with("firewall_rules/ftp",
              R"({"destination": "203.0.113.9", "protocol": "tcp", "ports": "21"})");
  connect("198.51.100.9:40000", "203.0.113.9:21", "198.51.100.9:40000", "10.1.1.20:21");
  EXPECT_EQ(says(back, numbers), "227 Entering Passive Mode (203,0,113,9,19,136).\r\n");
  EXPECT_EQ(router.sends(tcp("198.51.100.9:40001 > 203.0.113.9:5000")),
            "guest0: 198.51.100.9:40001 > 10.1.1.20:5000");
}

class ForwardedFtp : public PassiveFtp {
 protected:
  ForwardedFtp() {
    router.with("port_forwards/ftp",
                R"({"protocol": "tcp", "public": "203.0.113.2:2121", "private": "10.1.1.20:21"})");
    open("ftp");
    connect("198.51.100.9:40000", "203.0.113.2:2121", "198.51.100.9:40000", "10.1.1.20:21");
  }
  void open(const std::string& rule) {
    router.with("firewall_rules/" + rule,
                R"({"destination": "203.0.113.2", "protocol": "tcp", "ports": "2121"})");
  }
  const std::string data = "198.51.100.9:40001 > 203.0.113.2:5000";
  const std::string arrival = "guest0: 198.51.100.9:40001 > 10.1.1.20:5000";
};

TEST_F(ForwardedFtp, LeadsToTheServer) {
  EXPECT_EQ(says(back, numbers), "227 Entering Passive Mode (203,0,113,2,19,136).\r\n");
  EXPECT_EQ(router.sends(tcp(data)), arrival);
}

TEST_F(ForwardedFtp, LeadsToTheServerByAPortAlone) {
  EXPECT_EQ(says(back, words), words);
  EXPECT_EQ(router.sends(tcp(data)), arrival);
}

TEST_F(ForwardedFtp, LeadsToAServerThatKnowsItsPublicAddress) {
  const std::string said = "227 Ok (203,0,113,2,19,136)\r\n";
  EXPECT_EQ(says(back, said), said);
  EXPECT_EQ(router.sends(tcp(data)), arrival);
}

TEST_F(ForwardedFtp, LosesItsDataConnectionWithTheRuleOfItsControlConnection) {
  (void)says(back, words);
  (void)router.sends(tcp(data));
  router.with("firewall_rules/other",
              R"({"destination": "203.0.113.2", "protocol": "tcp", "ports": "80"})");
  EXPECT_EQ(router.sends(tcp(data).flags("A")), arrival);
  router.without("firewall_rules/ftp");
  EXPECT_EQ(router.sends(tcp(data).flags("A")), "dropped: session_revoked");
}

TEST_F(ForwardedFtp, ConnectsToAnActiveClientByTheAddressThatItKnows) {
  EXPECT_EQ(says(there, "PORT 198,51,100,9,19,136\r\n"), "PORT 198,51,100,9,19,136\r\n");
  EXPECT_EQ(router.sends(tcp("10.1.1.20:20000 > 198.51.100.9:5000")),
            "public0: 203.0.113.2:20000 > 198.51.100.9:5000");
}

// --- TFTP

class TftpTransfer : public Helper {
 protected:
  std::string asks() {
    const std::string_view request{"\0\1boot.img\0octet", 17};
    return router.sends(
        udp("10.1.1.20:4000 > 198.51.100.9:69").carries(std::string{request} + '\0'));
  }
};

TEST_F(TftpTransfer, LeadsTheServersTransferToWhoAskedForIt) {
  EXPECT_EQ(asks(), "public0: 203.0.113.2:4000 > 198.51.100.9:69");
  const std::string answer = "198.51.100.9:3333 > 203.0.113.2:4000";
  EXPECT_EQ(router.sends(udp("198.51.100.10:3333 > 203.0.113.2:4000")), "dropped: denied_inbound");
  EXPECT_EQ(router.sends(udp(answer)), "guest0: 198.51.100.9:3333 > 10.1.1.20:4000");
  EXPECT_EQ(router.sends(udp("10.1.1.20:4000 > 198.51.100.9:3333")),
            "public0: 203.0.113.2:4000 > 198.51.100.9:3333");
  EXPECT_EQ(router.sends(udp("198.51.100.9:3334 > 203.0.113.2:4000")), "dropped: denied_inbound");
}

TEST_F(TftpTransfer, DoesSoWhateverMappingsDependOn) {
  router.with("networks/guest0",
              R"({"helpers": ["tftp"], "mapping": "address-and-port-dependent"})");
  const std::string told = asks();
  const std::string at = told.substr(9, told.find(" > ") - 9);
  EXPECT_EQ(router.sends(udp("198.51.100.9:3333 > " + at)),
            "guest0: 198.51.100.9:3333 > 10.1.1.20:4000");
}

TEST_F(TftpTransfer, DoesNothingUnlessTheNetworkWantsIt) {
  wants(R"(["ftp"])");
  (void)asks();
  EXPECT_EQ(router.sends(udp("198.51.100.9:3333 > 203.0.113.2:4000")), "dropped: denied_inbound");
}

}  // namespace
}  // namespace viaduct::test
