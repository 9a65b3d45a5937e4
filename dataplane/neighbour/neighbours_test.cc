#include "dataplane/neighbour/neighbours.h"

#include <gtest/gtest.h>

#include "dataplane/neighbour/arp.h"
#include "tests/world.h"

namespace viaduct::test {
namespace {

constexpr auto outward = "10.1.1.11:40000 > 198.51.100.9:80";
constexpr auto outward_sent = "public0: 203.0.113.2:40000 > 198.51.100.9:80";
constexpr auto question = "public0: arp who has 203.0.113.1 tell 203.0.113.2";
constexpr Mac gateway{{0x02, 0, 0, 0, 0, 0x01}};
constexpr Mac other_gateway{{0x02, 0, 0, 0, 0, 0x02}};

class NextHop : public testing::Test {
 protected:
  NextHop() { router.silence_neighbours(); }
  std::string gateway_answers(const Mac& mac = gateway) {
    return router.hears("public0", {2, mac, "203.0.113.1", {}, "203.0.113.2"});
  }
  World router;
};

TEST_F(NextHop, IsAskedForByTheFirstPacket) {
  EXPECT_EQ(router.sends(tcp(outward)), std::string{question} + "; held");
  EXPECT_TRUE(read_frame(router.left()[0].bytes).to.is_broadcast());
  EXPECT_EQ(router.sends(udp(outward)), "held");
}

TEST_F(NextHop, GetsWhatWaitedInOrder) {
  for (const char* port : {"1", "2", "3"}) {
    (void)router.sends(udp("10.1.1.11:2000 > 198.51.100.9:" + std::string{port}));
  }
  EXPECT_EQ(gateway_answers(),
            "public0: 203.0.113.2:2000 > 198.51.100.9:1; public0: 203.0.113.2:2000 > "
            "198.51.100.9:2; public0: 203.0.113.2:2000 > 198.51.100.9:3");
  EXPECT_EQ(router.last().to, gateway);
  EXPECT_EQ(router.sends(tcp(outward)), outward_sent);
}

TEST_F(NextHop, HasFourPacketsWaitingAtMost) {
  for (int i = 0; i < 4; ++i) (void)router.sends(udp(outward));
  EXPECT_EQ(router.sends(udp(outward)), "dropped: neighbour_queue_full");
}

TEST_F(NextHop, IsGivenUpAfterThreeQuestions) {
  (void)router.sends(udp(outward));
  EXPECT_EQ(router.waits(1), question);
  EXPECT_EQ(router.waits(1), question);
  EXPECT_EQ(router.waits(0.9), "nothing");
  EXPECT_EQ(router.waits(0.2), "dropped: neighbour_unreachable");
}

TEST_F(NextHop, IsReportedToTheSenderWhenItWasGivenUp) {
  (void)router.hears("guest0", {1, gateway, "10.1.1.11", {}, "10.1.1.1"});
  (void)router.sends(udp(outward));
  (void)router.waits(3.5);
  EXPECT_EQ(router.sends(udp(outward)),
            "guest0: 10.1.1.1 > 10.1.1.11 unreachable/1 about 10.1.1.11:40000 > 198.51.100.9:80; "
            "dropped: neighbour_unreachable");
}

TEST_F(NextHop, IsAskedForAgainAfterAWhile) {
  (void)router.sends(udp(outward));
  (void)router.waits(6);
  EXPECT_EQ(router.sends(udp(outward)), std::string{question} + "; held");
  EXPECT_EQ(gateway_answers(), outward_sent);
}

TEST_F(NextHop, IsAskedWhetherItIsStillThereWhileItIsUsed) {
  (void)router.sends(udp(outward));
  (void)gateway_answers();
  (void)router.waits(20);
  (void)router.sends(udp(outward));
  EXPECT_EQ(router.waits(10.5), question);
  EXPECT_EQ(router.last().to, gateway);
  EXPECT_EQ(router.sends(udp(outward)), outward_sent);
  EXPECT_EQ(gateway_answers(), "consumed");
  EXPECT_EQ(router.waits(5), "nothing");
}

TEST_F(NextHop, IsLeftAloneWhileItIsNotUsed) {
  (void)router.sends(udp(outward));
  (void)gateway_answers();
  EXPECT_EQ(router.waits(120), "nothing");
}

TEST_F(NextHop, IsAskedForByAllOnceMoreBeforeItIsGivenUp) {
  (void)router.sends(udp(outward));
  (void)gateway_answers();
  (void)router.waits(20);
  (void)router.sends(udp(outward));
  (void)router.waits(14);
  EXPECT_TRUE(router.last().to.is_broadcast());
  EXPECT_EQ(router.sends(udp(outward)), "held");
  EXPECT_EQ(gateway_answers(other_gateway), outward_sent);
  EXPECT_EQ(router.last().to, other_gateway);
}

TEST_F(NextHop, MovesWithAGratuitousAnnouncement) {
  (void)router.sends(udp(outward));
  (void)gateway_answers();
  (void)router.hears("public0", {1, other_gateway, "203.0.113.1", {}, "203.0.113.1"});
  (void)router.sends(udp(outward));
  EXPECT_EQ(router.last().to, other_gateway);
}

TEST_F(NextHop, IsNotLearnedFromWhoeverTalks) {
  (void)router.hears("public0", {2, gateway, "203.0.113.1", {}, "203.0.113.2"});
  EXPECT_EQ(router.sends(udp(outward)), std::string{question} + "; held");
}

TEST_F(NextHop, IsLearnedFromWhoAsksUs) {
  (void)router.hears("public0", {1, gateway, "203.0.113.1", {}, "203.0.113.2"});
  EXPECT_EQ(router.sends(udp(outward)), outward_sent);
}

TEST_F(NextHop, IsNotLearnedForAnotherNetwork) {
  (void)router.sends(udp(outward));
  EXPECT_EQ(router.hears("gateway0", {2, gateway, "203.0.113.1", {}, "172.16.0.2"}), "consumed");
  EXPECT_EQ(router.sends(udp(outward)), "held");
}

TEST_F(NextHop, LosesWhatWaitedWhenItsInterfaceIsGone) {
  (void)router.sends(tcp("10.1.1.11:40000 > 172.16.0.9:80"));
  router.without("interfaces/gateway0");
  EXPECT_EQ(router.settles(), "dropped: neighbour_unreachable");
}

// --- ARP

class Arping : public NextHop {
 protected:
  std::string asks(std::string_view target, std::string_view sender = "203.0.113.1") {
    return router.hears("public0", {1, gateway, sender, {}, target});
  }
  std::string answer(std::string_view of) {
    return "public0: arp " + std::string{of} + " is at " +
           to_string(router.interface("public0").config->mac);
  }
};

TEST_F(Arping, TellsWhereTheRoutersAddressesAre) {
  EXPECT_EQ(asks("203.0.113.2"), answer("203.0.113.2"));
  EXPECT_EQ(router.last().to, gateway);
}

TEST_F(Arping, TellsWhereTranslatedAddressesAre) {
  router.with("static_nats/db", R"({"public":"203.0.113.12","private":"10.1.1.12"})");
  router.with("port_forwards/web",
              R"({"protocol":"tcp","public":"203.0.113.13:80","private":"10.1.1.20:80"})");
  router.with("source_nats/one", R"({"sources":["10.1.1.11/32"],"addresses":["203.0.113.14"]})");
  for (const char* address : {"203.0.113.12", "203.0.113.13", "203.0.113.14"}) {
    EXPECT_EQ(asks(address), answer(address));
  }
}

TEST_F(Arping, IsSilentAboutOthers) {
  EXPECT_EQ(asks("203.0.113.77"), "consumed");
  EXPECT_EQ(asks("10.1.1.1"), "consumed");
}

TEST_F(Arping, AnswersWhoAsksAsSomebodyOfAnotherNetwork) {
  EXPECT_EQ(asks("203.0.113.2", "198.51.100.1"), answer("203.0.113.2"));
}

TEST_F(Arping, AnswersTagged) {
  (void)router.hears("guest0", {1, gateway, "10.1.1.11", {}, "10.1.1.1"});
  EXPECT_EQ(router.last().vlan, 1);
}

TEST_F(Arping, AnswersProbes) {
  EXPECT_EQ(asks("203.0.113.2", "0.0.0.0"), answer("203.0.113.2"));
}

TEST_F(Arping, DefendsItsAddressesButNotForEver) {
  constexpr auto announcement = "public0: arp announces 203.0.113.2; dropped: bad_arp";
  (void)router.waits(1);
  EXPECT_EQ(asks("203.0.113.2", "203.0.113.2"), announcement);
  EXPECT_EQ(asks("203.0.113.1", "203.0.113.2"), "dropped: bad_arp");
  (void)router.waits(11);
  EXPECT_EQ(asks("203.0.113.1", "203.0.113.2"), announcement);
}

TEST_F(Arping, DoesNotQuarrelWithItsOwnEcho) {
  const Mac own = router.interface("public0").config->mac;
  EXPECT_EQ(router.hears("public0", {1, own, "203.0.113.2", {}, "203.0.113.2"}), "consumed");
}

TEST_F(Arping, DropsWhatIsMalformed) {
  EXPECT_EQ(router.hears("public0", {3, gateway, "203.0.113.1", {}, "203.0.113.2"}),
            "dropped: bad_arp");
  EXPECT_EQ(router.hears("public0", {1, Mac::broadcast(), "203.0.113.1", {}, "203.0.113.2"}),
            "dropped: bad_arp");
  EXPECT_EQ(router.hears("public0", {1, {}, "203.0.113.1", {}, "203.0.113.2"}), "dropped: bad_arp");
  for (const std::size_t at : {14U, 16U, 18U, 19U}) {
    Bytes frame = arp_frame({1, gateway, "203.0.113.1", {}, "203.0.113.2"}, 0);
    frame[at] ^= 1;
    EXPECT_EQ(router.receives(frame, router.interface("public0").port), "dropped: bad_arp");
  }
  Bytes frame = arp_frame({1, gateway, "203.0.113.1", {}, "203.0.113.2"}, 0);
  frame.pop_back();
  EXPECT_EQ(router.receives(frame, router.interface("public0").port), "dropped: bad_arp");
}

TEST_F(Arping, LeadsTheHostToThePacketPathForEveryAddress) {
  const Mac own = router.interface("public0").config->mac;
  EXPECT_EQ(router.host_asks("public0", {1, own, "203.0.113.2", {}, "198.51.100.9"}),
            "host public0: arp 198.51.100.9 is at " + to_string(neighbour::host_gateway));
  EXPECT_EQ(router.host_asks("public0", {1, own, "203.0.113.2", {}, "203.0.113.2"}), "consumed");
}

TEST_F(Arping, AnnouncesAnAddress) {
  const InterfaceView& on = router.interface("guest0");
  neighbour::announce(router.worker(), on, address("10.1.1.1"));
  EXPECT_EQ(router.waits(0.1), "guest0: arp announces 10.1.1.1");
  EXPECT_TRUE(router.last().to.is_broadcast());
}

TEST(AddressOfANextHop, IsNotAnothersWhileASessionGoesByIt) {
  World router;
  (void)router.waits(601);
  (void)router.sends(udp("10.1.1.11:1024 > 198.51.100.9:53"));
  (void)router.sends(udp("10.1.1.12:1025 > 198.51.100.9:53"));
  router.with("firewall_rules/other", R"({"destination":"203.0.113.2","protocol":"gre"})");
  (void)router.sends(ping("10.1.2.12 > 10.1.2.1"));  // makes a next hop
  (void)router.sends(ping("10.1.2.13 > 10.1.2.1"));
  EXPECT_EQ(router.sends({udp("198.51.100.9:53 > 203.0.113.2:1024"),
                          udp("198.51.100.9:53 > 203.0.113.2:1025")}),
            "guest0: 198.51.100.9:53 > 10.1.1.11:1024; guest0: 198.51.100.9:53 > 10.1.1.12:1025");
}

TEST(AddressOfANextHop, IsNotAnotherRoutersEither) {
  World router;
  router.at("/routers/blue", R"({"interfaces":{
      "guest0":{"role":"guest","port":"lan","vlan":7,"addresses":["10.1.1.1/24"]}}})");
  (void)router.waits(601);
  (void)router.sends(udp("10.1.1.11:1024 > 198.51.100.9:53"));
  (void)router.sends(udp("10.1.1.12:1025 > 198.51.100.9:53"));
  router.with("firewall_rules/other", R"({"destination":"203.0.113.2","protocol":"gre"})");
  (void)router.sends(ping("10.1.1.12 > 10.1.1.1").from("blue/guest0"));
  (void)router.sends(ping("10.1.1.13 > 10.1.1.1").from("blue/guest0"));
  EXPECT_EQ(router.sends({udp("198.51.100.9:53 > 203.0.113.2:1024"),
                          udp("198.51.100.9:53 > 203.0.113.2:1025")}),
            "guest0: 198.51.100.9:53 > 10.1.1.11:1024; guest0: 198.51.100.9:53 > 10.1.1.12:1025");
}

}  // namespace
}  // namespace viaduct::test
