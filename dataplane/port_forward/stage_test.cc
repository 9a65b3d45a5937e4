#include <gtest/gtest.h>

#include "tests/world.h"

namespace viaduct::test {
namespace {

class PortForwardStage : public testing::Test {
 protected:
  PortForwardStage() {
    router.with("port_forwards/web",
                R"({"protocol":"tcp","public":"203.0.113.2:8080","private":"10.1.1.20:80"})");
    router.with("firewall_rules/all", R"({"destination":"203.0.113.0/24"})");
  }
  World router;
};

TEST_F(PortForwardStage, SendsConnectionsToTheGuestBehindThePublicEndpoint) {
  EXPECT_EQ(router.sends(tcp("198.51.100.9:40000 > 203.0.113.2:8080")),
            "guest0: 198.51.100.9:40000 > 10.1.1.20:80");
}

TEST_F(PortForwardStage, AnswersAsThePublicEndpoint) {
  (void)router.sends(tcp("198.51.100.9:40000 > 203.0.113.2:8080"));
  EXPECT_EQ(router.sends(tcp("10.1.1.20:80 > 198.51.100.9:40000").flags("SA")),
            "public0: 203.0.113.2:8080 > 198.51.100.9:40000");
}

TEST_F(PortForwardStage, LeavesOtherTrafficAlone) {
  EXPECT_EQ(router.sends(tcp("198.51.100.9:40000 > 203.0.113.2:8081")), "dropped: no_service");
  EXPECT_EQ(router.sends(udp("198.51.100.9:40000 > 203.0.113.2:8080")), "dropped: no_service");
}

TEST_F(PortForwardStage, ShiftsARange) {
  router.with("port_forwards/range", R"({"protocol":"udp","public":"203.0.113.2:8000-8010",
                                         "private":"10.1.1.20:9000-9010"})");
  EXPECT_EQ(router.sends(udp("198.51.100.9:4000 > 203.0.113.2:8000")),
            "guest0: 198.51.100.9:4000 > 10.1.1.20:9000");
  EXPECT_EQ(router.sends(udp("198.51.100.9:4000 > 203.0.113.2:8005")),
            "guest0: 198.51.100.9:4000 > 10.1.1.20:9005");
  EXPECT_EQ(router.sends(udp("198.51.100.9:4000 > 203.0.113.2:8010")),
            "guest0: 198.51.100.9:4000 > 10.1.1.20:9010");
  EXPECT_EQ(router.sends(udp("198.51.100.9:4000 > 203.0.113.2:8011")), "dropped: no_service");
}

TEST_F(PortForwardStage, ServesTheListedSourcesOnly) {
  router.with("port_forwards/web", R"({"protocol":"tcp","public":"203.0.113.2:8080",
                                "private":"10.1.1.20:80","sources":["198.51.100.0/28"]})");
  EXPECT_EQ(router.sends(tcp("198.51.100.9:40000 > 203.0.113.2:8080")),
            "guest0: 198.51.100.9:40000 > 10.1.1.20:80");
  EXPECT_EQ(router.sends(tcp("198.51.100.99:40000 > 203.0.113.2:8080")), "dropped: no_service");
}

TEST_F(PortForwardStage, LeavesAnAddressToItsStaticNat) {
  router.with("static_nats/db", R"({"public":"203.0.113.12","private":"10.1.1.12"})");
  EXPECT_EQ(router.sends(tcp("198.51.100.9:40000 > 203.0.113.12:8080")),
            "guest0: 198.51.100.9:40000 > 10.1.1.12:8080");
}

TEST_F(PortForwardStage, GivesTheGuestNoPrivilegeForWhatItOpens) {
  const std::string sent = router.sends(tcp("10.1.1.20:80 > 198.51.100.9:40000"));
  EXPECT_EQ(sent.rfind("public0: 203.0.113.2:", 0), 0U);
  EXPECT_NE(sent, "public0: 203.0.113.2:8080 > 198.51.100.9:40000");
}

}  // namespace
}  // namespace viaduct::test
