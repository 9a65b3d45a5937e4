#include "dataplane/icmp/refusals.h"

#include <gtest/gtest.h>

#include "tests/world.h"

namespace viaduct::test {
namespace {

const Draft syn = tcp("198.51.100.9:5000 > 203.0.113.2:40000");

class Refusal : public testing::Test {
 protected:
  void reject() { router.with("interfaces/public0/unsolicited", R"("reject")"); }
  World router;
};

TEST_F(Refusal, IsSilentByDefault) {
  EXPECT_EQ(router.sends(syn), "dropped: denied_inbound");
  EXPECT_EQ(router.waits(20), "nothing");
}

TEST_F(Refusal, IsToldAfterSixSecondsAndNotBefore) {
  reject();
  EXPECT_EQ(router.sends(syn), "held");
  EXPECT_EQ(router.waits(5.9), "nothing");
  EXPECT_EQ(router.waits(0.2),
            "public0: 203.0.113.2 > 198.51.100.9 unreachable/3 about 198.51.100.9:5000 > "
            "203.0.113.2:40000; dropped: denied_inbound");
}

TEST_F(Refusal, IsNotToldIfTheGuestOpensTheSameConnectionMeanwhile) {
  reject();
  (void)router.sends(syn);
  (void)router.waits(3);
  (void)router.sends(tcp("10.1.1.11:40000 > 198.51.100.9:5000"));
  EXPECT_EQ(router.waits(4), "dropped: denied_inbound");
  EXPECT_EQ(router.sends(syn), "guest0: 198.51.100.9:5000 > 10.1.1.11:40000")
      << "both sides open at once";
}

TEST_F(Refusal, IsOfConnectionsAlone) {
  reject();
  EXPECT_EQ(router.sends(udp("198.51.100.9:5000 > 203.0.113.2:40000")), "dropped: denied_inbound");
}

TEST_F(Refusal, IsSilentWhereTooManyWait) {
  reject();
  int held = 0;
  for (int port = 1000; port < 1200; ++port) {
    held +=
        router.sends(tcp("198.51.100.9:" + std::to_string(port) + " > 203.0.113.2:80")) == "held";
  }
  EXPECT_GE(held, 64);
  EXPECT_LT(held, 200);
  (void)router.waits(7);
  EXPECT_EQ(router.imbalance(), "");
  EXPECT_EQ(router.sends(syn), "held") << "there is room again";
}

TEST_F(Refusal, OutlivesTheInterfaceThatItCameInBy) {
  reject();
  (void)router.sends(syn);
  router.without("source_nats/default").without("routes/default").without("interfaces/public0");
  EXPECT_EQ(router.waits(7), "dropped: denied_inbound");
}

}  // namespace
}  // namespace viaduct::test
