#include "dataplane/flow/limits.h"

#include <gtest/gtest.h>

#include "tests/world.h"

namespace viaduct::test {
namespace {

class Limits : public testing::Test {
 protected:
  static Draft syn(int guest, int port) {
    return tcp("10.1.1." + std::to_string(guest) + ":" + std::to_string(port) +
               " > 198.51.100.9:80");
  }
  void shake_hands(int guest, int port) {
    (void)router.sends(syn(guest, port));
    (void)router.sends(tcp("198.51.100.9:80 > 203.0.113.2:" + std::to_string(port)).flags("SA"));
    (void)router.sends(syn(guest, port).flags("A"));
  }
  std::uint64_t evicted() { return router.sum(&Worker::session_totals, &SessionTotals::evicted); }
  World router{1024, 1};
};

TEST_F(Limits, AreOneGuestsAlone) {
  router.with("networks/guest0", R"({"sessions_per_guest": 2})");
  (void)router.sends(udp("10.1.1.11:2000 > 198.51.100.9:53"));
  (void)router.sends(udp("10.1.1.11:2001 > 198.51.100.9:53"));
  const Draft third = udp("10.1.1.11:2002 > 198.51.100.9:53");
  EXPECT_EQ(router.explains(third), "dropped: guest_session_limit");
  EXPECT_EQ(router.sends(third),
            "guest0: 10.1.1.1 > 10.1.1.11 unreachable/13 about 10.1.1.11:2002 > 198.51.100.9:53; "
            "dropped: guest_session_limit");
  EXPECT_EQ(router.sends(udp("10.1.1.12:2002 > 198.51.100.9:53")),
            "public0: 203.0.113.2:2002 > 198.51.100.9:53");
  EXPECT_EQ(router.mappings(), 3U) << "what was refused took no port";
  (void)router.waits(320);
  EXPECT_EQ(router.sends(third), "public0: 203.0.113.2:2002 > 198.51.100.9:53");
}

TEST_F(Limits, LeaveOutTheSessionThatEndsForThisOne) {
  (void)router.sends(udp("10.1.1.11:2000 > 198.51.100.9:53"));
  (void)router.sends(udp("10.1.1.11:2001 > 198.51.100.9:53"));
  router.without("interfaces/guest0");
  router.with("interfaces/guest9", R"({"role": "guest", "port": "lan", "vlan": 9,
                                       "addresses": ["10.1.1.1/24"]})");
  const Draft again = udp("10.1.1.11:2000 > 198.51.100.9:53").from("guest9");
  router.with("networks/guest9", R"({"sessions_per_guest": 1})");
  EXPECT_EQ(router.explains(again), "dropped: guest_session_limit");
  router.with("networks/guest9", R"({"sessions_per_guest": 2})");
  EXPECT_EQ(router.explains(again), "public0: 203.0.113.2:2000 > 198.51.100.9:53");
  EXPECT_EQ(router.sends(again), "public0: 203.0.113.2:2000 > 198.51.100.9:53");
}

TEST_F(Limits, CountWhatComesInForAGuest) {
  router.with("networks/guest0", R"({"sessions_per_guest": 1})");
  router.with("static_nats/db", R"({"public": "203.0.113.12", "private": "10.1.1.12"})");
  router.with("firewall_rules/db",
              R"({"destination": "203.0.113.12", "protocol": "udp", "ports": "53"})");
  EXPECT_EQ(router.sends(udp("198.51.100.9:1000 > 203.0.113.12:53")),
            "guest0: 198.51.100.9:1000 > 10.1.1.12:53");
  EXPECT_EQ(router.sends(udp("198.51.100.9:1001 > 203.0.113.12:53")),
            "dropped: guest_session_limit");
}

TEST_F(Limits, KeepOneGuestFromFillingTheTable) {
  for (int port = 2000; port < 3100; ++port) {
    (void)router.sends(udp("10.1.1.11:" + std::to_string(port) + " > 198.51.100.9:53"));
  }
  EXPECT_EQ(router.sessions(), 128U) << "an eighth of the table";
  EXPECT_EQ(router.sends(udp("10.1.1.12:2000 > 198.51.100.10:53")).substr(0, 8), "public0:");
}

TEST_F(Limits, EndTheOldestHalfOpenSessionOfAGuestThatHasTooMany) {
  router.with("networks/guest0", R"({"half_open_per_guest": 3})");
  for (int port = 3000; port < 3004; ++port) (void)router.sends(syn(11, port));
  EXPECT_EQ(router.state_of(syn(11, 3000)), "none");
  for (int port = 3001; port < 3004; ++port) EXPECT_EQ(router.state_of(syn(11, port)), "opening");
  EXPECT_EQ(evicted(), 1U);
  EXPECT_EQ(router.mappings(), 3U);
}

TEST_F(Limits, LeaveEstablishedSessionsAlone) {
  router.with("networks/guest0", R"({"half_open_per_guest": 3})");
  shake_hands(11, 3000);
  for (int port = 4000; port < 4100; ++port) (void)router.sends(syn(11, port));
  EXPECT_EQ(router.state_of(syn(11, 3000)), "established");
  EXPECT_EQ(router.sessions(), 4U);
}

TEST_F(Limits, LeaveTheHalfOpenSessionsOfOthersAlone) {
  router.with("networks/guest0", R"({"half_open_per_guest": 3})");
  (void)router.sends(syn(12, 3000));
  for (int port = 4000; port < 4100; ++port) (void)router.sends(syn(11, port));
  EXPECT_EQ(router.state_of(syn(12, 3000)), "opening");
}

TEST_F(Limits, DoNotCountHandshakesThatAreDone) {
  router.with("networks/guest0", R"({"half_open_per_guest": 3})");
  for (int port = 3000; port < 3100; ++port) shake_hands(11, port);
  EXPECT_EQ(router.sessions(), 100U);
  EXPECT_EQ(evicted(), 0U);
}

TEST_F(Limits, SacrificeHalfOpenSessionsWhenTheTableIsFull) {
  router.with("networks/guest0", R"({"sessions_per_guest": 100000, "half_open_per_guest": 60000})");
  shake_hands(12, 3000);
  for (int port = 10'000; port < 12'000; ++port) (void)router.sends(syn(11, port));
  EXPECT_LT(router.sessions(), 1024U);
  EXPECT_EQ(router.state_of(syn(12, 3000)), "established");
  EXPECT_EQ(router.state_of(syn(11, 10'000)), "none");
  EXPECT_EQ(router.state_of(syn(11, 11'999)), "opening");
  EXPECT_EQ(router.sends(udp("10.1.1.12:2000 > 198.51.100.10:53")).substr(0, 8), "public0:");
}

TEST_F(Limits, CountAHandshakeThatWasResetAsHalfOpen) {
  router.with("networks/guest0", R"({"half_open_per_guest": 3})");
  for (int port = 3000; port < 3100; ++port) {
    (void)router.sends(syn(11, port));
    (void)router.sends(syn(11, port).flags("R").sequence(1));
  }
  EXPECT_EQ(router.sessions(), 3U);
}

TEST_F(Limits, SacrificeWhatNobodyAnsweredWhenTheTableIsFull) {
  router.with("networks/guest0", R"({"sessions_per_guest": 100000})");
  const auto question = [](int guest, int port) {
    return udp("10.1.1." + std::to_string(guest) + ":" + std::to_string(port) +
               " > 198.51.100.9:53");
  };
  (void)router.sends(question(12, 3000));
  (void)router.sends(udp("198.51.100.9:53 > 203.0.113.2:3000"));
  for (int port = 10'000; port < 12'000; ++port) (void)router.sends(question(11, port));
  EXPECT_EQ(router.state_of(question(12, 3000)), "open");
  EXPECT_EQ(router.state_of(question(11, 10'000)), "none");
  EXPECT_EQ(router.state_of(question(11, 11'999)), "opening");
  EXPECT_EQ(router.sends(question(13, 2000)), "public0: 203.0.113.2:2000 > 198.51.100.9:53");
}

TEST_F(Limits, TellAGuestThatTheTableIsFull) {
  router.with("networks/guest0", R"({"sessions_per_guest": 100000})");
  for (int port = 2000; port < 2000 + 1024; ++port) {
    const std::string number = std::to_string(port);
    (void)router.sends(udp("10.1.1.11:" + number + " > 198.51.100.9:53"));
    (void)router.sends(udp("198.51.100.9:53 > 203.0.113.2:" + number));
  }
  ASSERT_EQ(router.sessions(), 1024U);
  const Draft one_more = udp("10.1.1.12:9000 > 198.51.100.9:53");
  EXPECT_EQ(router.explains(one_more), "dropped: session_table_full");
  EXPECT_EQ(router.sends(one_more),
            "guest0: 10.1.1.1 > 10.1.1.12 unreachable/13 about 10.1.1.12:9000 > 198.51.100.9:53; "
            "dropped: session_table_full");
}

// One that makes room for another may be spoken of by a packet of the same burst.
TEST_F(Limits, DropPacketsOfSessionsThatEndInTheirBurst) {
  router.with("networks/guest0", R"({"half_open_per_guest": 1})");
  EXPECT_EQ(router.sends({syn(11, 3000), syn(11, 3001)}),
            "public0: 203.0.113.2:3001 > 198.51.100.9:80; dropped: session_revoked");
  EXPECT_EQ(router.sends({syn(11, 3001), syn(11, 3002)}),
            "public0: 203.0.113.2:3002 > 198.51.100.9:80; dropped: session_revoked");
  for (const auto& worker : router.workers()) EXPECT_EQ(worker->frame_check().unsound(), 0U);
}

// A burst goes in groups, and a session may end after the next group has looked for it.
TEST_F(Limits, FindNoSessionThatEndedInTheirBurst) {
  router.with("networks/guest0", R"({"half_open_per_guest": 1})");
  std::vector<Draft> burst{syn(11, 3001)};
  for (int port = 4000; burst.size() < Burst::group_size; ++port) {
    burst.push_back(udp("10.1.1.12:" + std::to_string(port) + " > 198.51.100.9:53"));
  }
  burst.push_back(syn(11, 3000));
  (void)router.sends(syn(11, 3000));
  (void)router.sends_all(burst);
  EXPECT_EQ(router.state_of(syn(11, 3000)), "opening") << "begun anew";
  EXPECT_EQ(router.state_of(syn(11, 3001)), "none");
  EXPECT_EQ(router.imbalance(), "");
}

TEST_F(Limits, GiveEverythingBack) {
  router.with("networks/guest0", R"({"half_open_per_guest": 3})");
  for (int port = 3000; port < 3100; ++port) (void)router.sends(syn(11, port));
  (void)router.waits(320);
  EXPECT_EQ(router.sessions(), 0U);
  EXPECT_EQ(router.mappings(), 0U);
}

}  // namespace
}  // namespace viaduct::test
