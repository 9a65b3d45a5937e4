#include <gtest/gtest.h>

#include "tests/world.h"

namespace viaduct::test {
namespace {

class StaticNat : public testing::Test {
 protected:
  StaticNat() {
    router.with("static_nats/db", R"({"public":"203.0.113.12","private":"10.1.1.12"})");
    router.with("firewall_rules/db", R"({"destination":"203.0.113.12"})");
  }
  World router;
};

TEST_F(StaticNat, SendsWhatComesInOnToItsGuest) {
  EXPECT_EQ(router.sends(tcp("198.51.100.9:5000 > 203.0.113.12:22")),
            "guest0: 198.51.100.9:5000 > 10.1.1.12:22");
  EXPECT_EQ(router.sends(tcp("10.1.1.12:22 > 198.51.100.9:5000").flags("SA")),
            "public0: 203.0.113.12:22 > 198.51.100.9:5000");
}

TEST_F(StaticNat, LetsTheGuestSpeakAsItsPublicAddressBeforeSourceNat) {
  EXPECT_EQ(router.sends(tcp("10.1.1.12:123 > 198.51.100.9:80")),
            "public0: 203.0.113.12:123 > 198.51.100.9:80");
  EXPECT_EQ(router.sends(tcp("198.51.100.9:80 > 203.0.113.12:123").flags("SA")),
            "guest0: 198.51.100.9:80 > 10.1.1.12:123");
  EXPECT_EQ(router.mappings(), 0U);
}

TEST_F(StaticNat, TranslatesPings) {
  EXPECT_EQ(router.sends(ping("198.51.100.9 > 203.0.113.12")),
            "guest0: 198.51.100.9 > 10.1.1.12 echo 7");
  EXPECT_EQ(router.sends(pong("10.1.1.12 > 198.51.100.9")),
            "public0: 203.0.113.12 > 198.51.100.9 reply 7");
}

TEST_F(StaticNat, TranslatesWhatHasNoPorts) {
  EXPECT_EQ(router.sends(other(50, "198.51.100.9 > 203.0.113.12")),
            "guest0: 198.51.100.9 > 10.1.1.12");
}

TEST_F(StaticNat, OpensNothingByItself) {
  router.without("firewall_rules/db");
  EXPECT_EQ(router.sends(tcp("198.51.100.9:5000 > 203.0.113.12:22")), "dropped: denied_inbound");
}

TEST_F(StaticNat, LeavesPrivateGatewaysUntranslated) {
  EXPECT_EQ(router.sends(tcp("10.1.1.12:40000 > 172.16.0.9:80")),
            "gateway0: 10.1.1.12:40000 > 172.16.0.9:80");
}

TEST_F(StaticNat, ServesGuestsOfItsOwnNetwork) {
  EXPECT_EQ(router.sends(tcp("10.1.1.11:40000 > 203.0.113.12:22")),
            "guest0: 10.1.1.1:40000 > 10.1.1.12:22");
  EXPECT_EQ(router.sends(tcp("10.1.1.12:22 > 10.1.1.1:40000").flags("SA")),
            "guest0: 203.0.113.12:22 > 10.1.1.11:40000");
}

// A guest of another public network than that of the default route.
class OtherPublicNetwork : public StaticNat {
 protected:
  OtherPublicNetwork() {
    router.with("interfaces/public1",
                R"({"role":"public","port":"wan","vlan":30,"addresses":["198.18.0.2/24"]})");
    router.with("routes/other", R"({"prefix":"0.0.0.0/0","via":"198.18.0.1"})");
    router.with("static_nats/db", R"({"public":"198.18.0.12","private":"10.1.1.12"})");
  }
};

TEST_F(OtherPublicNetwork, IsWhereTheGuestLeaves) {
  EXPECT_EQ(router.sends(tcp("10.1.1.12:40123 > 198.51.100.9:80")),
            "public1: 198.18.0.12:40123 > 198.51.100.9:80");
  EXPECT_EQ(router.sends(tcp("10.1.1.11:40123 > 198.51.100.9:80")),
            "public0: 203.0.113.2:40123 > 198.51.100.9:80");
}

TEST_F(OtherPublicNetwork, IsPassedOverWithoutAWayThere) {
  router.without("routes/other");
  EXPECT_EQ(router.sends(tcp("10.1.1.12:40123 > 198.51.100.9:80")),
            "public0: 198.18.0.12:40123 > 198.51.100.9:80");
}

TEST_F(StaticNat, CountsItsSessions) {
  (void)router.sends(tcp("198.51.100.9:5000 > 203.0.113.12:22"));
  (void)router.sends(tcp("10.1.1.12:22 > 198.51.100.9:5000").flags("SA"));
  EXPECT_EQ(router.hits("static_nats/db"), 1U);
}

}  // namespace
}  // namespace viaduct::test
