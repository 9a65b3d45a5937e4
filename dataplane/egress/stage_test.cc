#include <gtest/gtest.h>

#include "tests/world.h"

namespace viaduct::test {
namespace {

class Egress : public testing::Test {
 protected:
  World router;
};

TEST_F(Egress, AllowsByDefaultWhereTheNetworkDoes) {
  router.with("egress_rules/smtp", R"({"interface":"guest0","protocol":"tcp","ports":"25"})");
  EXPECT_EQ(router.sends(tcp("10.1.1.11:40000 > 198.51.100.9:25")), "dropped: denied_egress");
  EXPECT_EQ(router.sends(tcp("10.1.1.11:40000 > 198.51.100.9:80")),
            "public0: 203.0.113.2:40000 > 198.51.100.9:80");
  EXPECT_EQ(router.hits("egress_rules/smtp"), 1U);
}

TEST_F(Egress, DeniesByDefaultWhereTheNetworkDoes) {
  router.with("egress_rules/dns", R"({"interface":"guest1","protocol":"udp","ports":"53"})");
  EXPECT_EQ(router.sends(tcp("10.1.2.11:40000 > 198.51.100.9:80")), "dropped: denied_egress");
  EXPECT_EQ(router.sends(udp("10.1.2.11:40000 > 198.51.100.9:53")),
            "public0: 203.0.113.2:40000 > 198.51.100.9:53");
}

TEST_F(Egress, JudgesWhatGoesToOtherGuestNetworks) {
  EXPECT_EQ(router.sends(tcp("10.1.2.11:40000 > 10.1.1.9:80")), "dropped: denied_egress");
}

TEST_F(Egress, JudgesNoAnswers) {
  (void)router.sends(tcp("10.1.1.11:40000 > 10.1.2.9:80"));
  EXPECT_EQ(router.sends(tcp("10.1.2.9:80 > 10.1.1.11:40000").flags("SA")),
            "guest0: 10.1.2.9:80 > 10.1.1.11:40000");
}

TEST_F(Egress, LetsAGuestSpeakToTheRouter) {
  EXPECT_EQ(router.sends(ping("10.1.2.11 > 10.1.2.1")), "guest1: 10.1.2.1 > 10.1.2.11 reply 7");
}

TEST_F(Egress, CutsSessionsThatItNoLongerAllows) {
  (void)router.sends(tcp("10.1.1.11:40000 > 198.51.100.9:25"));
  router.with("egress_rules/smtp", R"({"interface":"guest0","protocol":"tcp","ports":"25"})");
  EXPECT_EQ(router.sends(tcp("10.1.1.11:40000 > 198.51.100.9:25").flags("A")),
            "dropped: session_revoked");
}

TEST_F(Egress, LetsSessionsRunOutThatThePolicyLetGoWhereItDrains) {
  const auto with_policy = [&](const std::string& policy) {
    router.with("interfaces/guest0",
                R"({"role":"guest","port":"lan","vlan":1,"addresses":["10.1.1.1/24"],"egress":")" +
                    policy + R"(","egress_on_change":"drain"})");
  };
  with_policy("allow");
  (void)router.sends(tcp("10.1.1.11:40000 > 198.51.100.9:25"));
  router.with("egress_rules/smtp", R"({"interface":"guest0","protocol":"tcp","ports":"25"})");
  const std::string goes_on = "public0: 203.0.113.2:40000 > 198.51.100.9:25";
  EXPECT_EQ(router.sends(tcp("10.1.1.11:40000 > 198.51.100.9:25").flags("A")), goes_on);
  EXPECT_EQ(router.sends(tcp("10.1.1.11:40001 > 198.51.100.9:25")), "dropped: denied_egress");
  router.without("egress_rules/smtp");
  with_policy("deny");
  EXPECT_EQ(router.sends(tcp("10.1.1.11:40000 > 198.51.100.9:25").flags("A")), goes_on);
  EXPECT_EQ(router.sends(tcp("10.1.1.11:40001 > 198.51.100.9:25")), "dropped: denied_egress");
}

TEST_F(Egress, LetsSessionsRunOutWhoseRuleDrained) {
  router.with("egress_rules/dns", R"({"interface":"guest1","protocol":"udp","ports":"53",
                                      "on_remove":"drain"})");
  (void)router.sends(udp("10.1.2.11:40000 > 198.51.100.9:53"));
  router.without("egress_rules/dns");
  EXPECT_EQ(router.sends(udp("10.1.2.11:40000 > 198.51.100.9:53")),
            "public0: 203.0.113.2:40000 > 198.51.100.9:53");
  EXPECT_EQ(router.sends(udp("10.1.2.11:40001 > 198.51.100.9:53")), "dropped: denied_egress");
}

}  // namespace
}  // namespace viaduct::test
