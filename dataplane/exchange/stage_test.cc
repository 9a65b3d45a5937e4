#include "dataplane/exchange/stage.h"

#include <gtest/gtest.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <vector>

#include "tests/world.h"

namespace viaduct::test {
namespace {

// Bursts arrive at four workers in turn, so that most packets are another's.
class FourWorkers : public testing::Test {
 protected:
  static std::string guest(int port) { return "10.1.1.11:" + std::to_string(40'000 + port); }
  static std::string public_of(int port) { return "203.0.113.2:" + std::to_string(40'000 + port); }
  std::uint64_t handed_over() { return router.sum(&Worker::totals, &PacketTotals::handed_over); }
  // How many workers have sessions.
  std::size_t busy() {
    std::size_t count = 0;
    for (const auto& worker : router.workers()) {
      count += worker->sessions.live_sessions() != 0 ? 1U : 0U;
    }
    return count;
  }
  World router{4096, 4};
};

TEST_F(FourWorkers, ShareTheSessions) {
  for (int i = 0; i < 64; ++i) {
    const std::string server = "198.51.100.9:" + std::to_string(1000 + i);
    EXPECT_EQ(router.sends(udp(guest(i) + " > " + server)),
              "public0: " + public_of(i) + " > " + server);
  }
  EXPECT_EQ(router.sessions(), 64U);
  EXPECT_EQ(busy(), 4U);
}

TEST_F(FourWorkers, EachMeetTheAnswersToTheirSessions) {
  for (int i = 0; i < 64; ++i) {
    const std::string server = "198.51.100.9:" + std::to_string(1000 + i);
    (void)router.sends(udp(guest(i) + " > " + server));
    EXPECT_EQ(router.sends(udp(server + " > " + public_of(i))),
              "guest0: " + server + " > " + guest(i));
  }
  EXPECT_EQ(router.sessions(), 64U);
}

TEST_F(FourWorkers, GiveAGuestOnePublicEndpointTogether) {
  (void)router.sends(udp("10.1.1.12:40000 > 198.51.100.9:53"));  // has the port already
  const auto public_endpoint = [&](int server) {
    const std::string told =
        router.sends(udp("10.1.1.11:40000 > 198.51.100.9:" + std::to_string(1000 + server)));
    return told.substr(0, told.find(" > "));
  };
  const std::string first = public_endpoint(0);
  for (int i = 1; i < 32; ++i) EXPECT_EQ(public_endpoint(i), first);
  EXPECT_EQ(busy(), 4U);
}

TEST_F(FourWorkers, ShareFarEndsInRegularSteps) {
  const exchange::Exchange& exchange = *router.worker().exchange;
  const auto fullest = [&](std::uint32_t step, std::uint16_t port_step) {
    std::array<std::size_t, 4> load{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      const flow::Key key{Be32::of(0xc6336401 + i * step), Be32::of(0xcb007102),
                          Be16::of(static_cast<std::uint16_t>(443 + i * port_step)), Be16::of(80),
                          flow::Key::pack(Protocol::tcp, 1)};
      ++load[exchange.worker_of(key, true)];
    }
    return *std::ranges::max_element(load);
  };
  for (const std::uint32_t step : {1U, 2U, 256U, 512U, 65'536U}) EXPECT_LT(fullest(step, 0), 100U);
  EXPECT_LT(fullest(0, 1), 100U);
}

TEST_F(FourWorkers, HandOverAtMostOnce) {
  (void)router.sends(udp("10.1.1.11:40000 > 198.51.100.9:53"));
  const std::uint64_t before = handed_over();
  for (int i = 0; i < 4; ++i) (void)router.sends(udp("10.1.1.11:40000 > 198.51.100.9:53"));
  EXPECT_EQ(handed_over() - before, 3U);  // one burst arrived where it belongs
}

TEST_F(FourWorkers, KnowEveryNeighbourThatOneHears) {
  (void)router.hears("guest0", {1, station(address("10.1.1.11")), "10.1.1.11", Mac{}, "10.1.1.1",
                                Mac::broadcast()});
  router.silence_neighbours();
  router.with("firewall_rules/all", R"({"destination":"0.0.0.0/0"})");
  router.with("port_forwards/game",
              R"({"protocol":"udp","public":"203.0.113.2:80","private":"10.1.1.11:80"})");
  for (int i = 0; i < 16; ++i) {
    const std::string client = "198.51.100.9:" + std::to_string(5000 + i);
    EXPECT_EQ(router.sends(udp(client + " > 203.0.113.2:80")),
              "guest0: " + client + " > 10.1.1.11:80");
  }
}

TEST_F(FourWorkers, LeadAnswersBackBetweenGuests) {
  router.with("port_forwards/web",
              R"({"protocol":"tcp","public":"203.0.113.2:80","private":"10.1.1.20:80"})");
  router.with("firewall_rules/web", R"({"destination":"203.0.113.2"})");
  for (int i = 0; i < 16; ++i) {
    const std::string there = router.sends(tcp(guest(i) + " > 203.0.113.2:80"));
    ASSERT_EQ(there.substr(0, 18), "guest0: 10.1.1.1:4") << there;
    const std::string as = there.substr(8, there.find(" > ") - 8);
    EXPECT_EQ(router.sends(tcp("10.1.1.20:80 > " + as).flags("SA")),
              "guest0: 203.0.113.2:80 > " + guest(i));
  }
  EXPECT_EQ(router.sessions(), 16U);
  (void)router.waits(250);
  EXPECT_EQ(router.sessions(), 0U);
  EXPECT_TRUE(router.worker().exchange->signposts.is_empty());
}

TEST_F(FourWorkers, LetNoSessionHaveAnothersAnswers) {
  router.with("port_forwards/game",
              R"({"protocol":"udp","public":"203.0.113.2:80","private":"10.1.2.20:80"})");
  router.with("firewall_rules/game", R"({"destination":"203.0.113.2"})");
  for (int i = 0; i < 16; ++i) {
    EXPECT_EQ(router.sends(udp(guest(i) + " > 10.1.2.20:80")),
              "guest1: " + guest(i) + " > 10.1.2.20:80");
    EXPECT_EQ(router.explains(udp(guest(i) + " > 203.0.113.2:80")), "dropped: no_public_port");
    EXPECT_EQ(router.sends(udp(guest(i) + " > 203.0.113.2:80")), "dropped: no_public_port");
    EXPECT_EQ(router.sends(udp("10.1.2.20:80 > " + guest(i))),
              "guest0: 10.1.2.20:80 > " + guest(i));
  }
}

TEST_F(FourWorkers, MeetAnswersThatComeAnotherWayAfterAChange) {
  router.with("routes/lab", R"({"prefix":"192.0.2.0/24","via":"172.16.0.1"})");
  for (int i = 0; i < 16; ++i) (void)router.sends(udp(guest(i) + " > 192.0.2.9:80"));
  router.with("routes/lab", R"({"prefix":"192.0.2.0/24","via":"10.1.2.20"})");
  for (int i = 0; i < 16; ++i) {
    ASSERT_EQ(router.sends(udp(guest(i) + " > 192.0.2.9:80")),
              "guest1: " + guest(i) + " > 192.0.2.9:80");
    EXPECT_EQ(router.sends(udp("192.0.2.9:80 > " + guest(i)).from("guest1")),
              "guest0: 192.0.2.9:80 > " + guest(i));
  }
  EXPECT_EQ(router.sessions(), 16U);
}

TEST_F(FourWorkers, BringErrorsToTheSessionTheyAreAbout) {
  for (int i = 0; i < 16; ++i) {
    const std::string server = "198.51.100.9:" + std::to_string(1000 + i);
    (void)router.sends(udp(guest(i) + " > " + server));
    const auto error =
        icmp("198.51.100.77 > 203.0.113.2", 3, 3).about(udp(public_of(i) + " > " + server));
    EXPECT_EQ(router.sends(error).substr(0, 7), "guest0:");
  }
}

TEST_F(FourWorkers, BringFragmentsToTheSessionOfTheFirst) {
  for (std::uint16_t i = 0; i < 32; ++i) {
    const std::string server = "198.51.100.9:" + std::to_string(1000 + i);
    const Draft whole = udp(guest(i) + " > " + server).length(2980).datagram(i);
    EXPECT_EQ(router.sends(Draft{whole}.part(1480, 2960)), "held");
    EXPECT_EQ(router.sends(Draft{whole}.part(0, 1480)),
              "public0: " + public_of(i) + " > " + server + " part 0-1480; " +
                  "public0: 203.0.113.2 > 198.51.100.9 part 1480-end");
  }
  EXPECT_EQ(router.sessions(), 32U);
  EXPECT_EQ(busy(), 4U);
}

TEST_F(FourWorkers, ExplainWhatTheyDo) {
  for (int i = 0; i < 16; ++i) {
    const auto packet = udp(guest(i) + " > 198.51.100.9:" + std::to_string(1000 + i));
    const std::string foretold = router.explains(packet);
    EXPECT_EQ(router.sends(packet), foretold);
    EXPECT_EQ(router.sends(packet), router.explains(packet));
  }
}

TEST_F(FourWorkers, DropWhatTheOthersHaveNoTimeFor) {
  Worker& first = router.worker();
  const Snapshot& now = router.now();
  rte_mbuf* frame = rte_pktmbuf_alloc(buffers());
  ASSERT_NE(frame, nullptr);
  ++first.totals.received;
  std::vector<rte_mbuf*> same(5000, frame);
  rte_mbuf_refcnt_set(frame, 5000);
  const std::vector<Slot> from(5000, now.routers().front()->interfaces.front()->slot());
  first.totals.received += 4999;
  first.hand_over(1, same, from.data());
  EXPECT_EQ(router.drops(Reason::worker_queue_full), first.totals.dropped);
  EXPECT_GT(first.totals.dropped, 0U);
  EXPECT_EQ(first.totals.handed_over + first.totals.dropped, 5000U);
}

}  // namespace
}  // namespace viaduct::test
