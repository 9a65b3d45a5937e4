#include "dataplane/neighbour/arp.h"

#include <gtest/gtest.h>

#include "tests/world.h"

namespace viaduct::test {
namespace {

constexpr Mac thief{{0x02, 0, 0, 0, 0, 0x66}};
constexpr auto web = "10.1.1.11";
const Mac web_mac = station(address(web));
constexpr auto outward = "10.1.1.11:40000 > 198.51.100.9:80";
constexpr auto back = "198.51.100.9:80 > 203.0.113.2:40000";

class KnownGuest : public testing::Test {
 protected:
  KnownGuest() {
    router.with("guests/web", R"({"interface": "guest0", "mac": ")" + to_string(web_mac) +
                                  R"(", "addresses": ["10.1.1.11"]})");
  }
  std::string claims(const Mac& mac, std::uint16_t operation) {
    return router.hears("guest0", {operation, mac, web, {}, "10.1.1.1"});
  }
  World router;
};

TEST_F(KnownGuest, IsAnsweredWhenItSaysWhoItIs) {
  EXPECT_NE(claims(web_mac, 1).find("10.1.1.1 is at"), std::string::npos);
}

TEST_F(KnownGuest, HasAnAddressThatNobodyElseMayClaim) {
  for (const std::uint16_t operation : {std::uint16_t{1}, std::uint16_t{2}}) {
    EXPECT_EQ(claims(thief, operation), "dropped: spoofed_arp");
  }
  (void)router.sends(tcp(outward));
  EXPECT_EQ(claims(thief, 2), "dropped: spoofed_arp");
  (void)router.sends(tcp(back).flags("SA"));
  EXPECT_EQ(router.last().to, web_mac) << "what is for the guest still goes to it";
}

TEST_F(KnownGuest, SaysNothingAboutOtherAddresses) {
  EXPECT_NE(router.hears("guest0", {1, thief, "10.1.1.12", {}, "10.1.1.1"}).find("is at"),
            std::string::npos);
}

TEST_F(KnownGuest, MayBeReplacedByAnother) {
  router.with("guests/web", R"({"interface": "guest0", "mac": ")" + to_string(thief) +
                                R"(", "addresses": ["10.1.1.11"]})");
  EXPECT_EQ(claims(web_mac, 1), "dropped: spoofed_arp");
  EXPECT_NE(claims(thief, 1).find("is at"), std::string::npos);
}

class ArpFlood : public testing::Test {
 protected:
  // So many strangers ask for the router at once.
  void strikes(int strangers) {
    for (int i = 0; i < strangers; ++i) {
      const Mac mac{
          {0x02, 0xff, 0, 0, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)}};
      const std::string sender = "10.1.1." + std::to_string(20 + i % 200);
      (void)router.hears("guest0", {1, mac, sender, {}, "10.1.1.1"});
    }
  }
  World router;
};

TEST_F(ArpFlood, IsListenedToOnlySoOften) {
  strikes(2000);
  EXPECT_GE(router.drops(Reason::arp_limit), 500U);
  EXPECT_EQ(router.imbalance(), "");
}

TEST_F(ArpFlood, KeepsNoNeighbourFromBeingHeard) {
  (void)router.sends(tcp(outward));
  strikes(2000);
  (void)router.waits(0.1);
  strikes(2000);
  EXPECT_NE(router.hears("guest0", {1, web_mac, web, {}, "10.1.1.1"}).find("is at"),
            std::string::npos);
  EXPECT_EQ(router.sends(tcp(back).flags("SA")).substr(0, 8), "guest0: ");
}

TEST_F(ArpFlood, KeepsNobodyFromAnsweringWhoWasAskedFor) {
  router.silence_neighbours();
  (void)router.sends(udp(outward));
  strikes(2000);
  const auto answer = Arp{2, web_mac, "203.0.113.1", {}, "203.0.113.2"};
  EXPECT_EQ(router.hears("public0", answer), "public0: 203.0.113.2:40000 > 198.51.100.9:80");
}

}  // namespace
}  // namespace viaduct::test
