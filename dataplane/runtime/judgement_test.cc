#include "dataplane/runtime/judgement.h"

#include <gtest/gtest.h>

#include "tests/world.h"

namespace viaduct::test {
namespace {

class ExplainChecking : public testing::Test {
 protected:
  std::uint64_t disagreements() {
    const Snapshot& now = router.now();
    check.look(router.worker(), now, buffers());
    return check.disagreements();
  }
  flow::Line& first_line() { return router.worker().sessions.forward(0); }
  World router{1024, 1};
  runtime::ExplainCheck check;
};

TEST_F(ExplainChecking, AgreesAboutSessionsOfAllKinds) {
  router
      .with("port_forwards/web",
            R"({"protocol":"tcp","public":"203.0.113.2:80","private":"10.1.1.20:80"})")
      .with("static_nats/db", R"({"public":"203.0.113.12","private":"10.1.1.12"})")
      .with("firewall_rules/all", R"({"destination":"203.0.113.0/24"})");
  const std::vector<Draft> packets{
      tcp("10.1.1.11:40000 > 198.51.100.9:80"), udp("10.1.1.13:40000 > 198.51.100.9:53"),
      ping("10.1.1.11 > 198.51.100.9"),         icmp("10.1.1.11 > 198.51.100.9", 13, 0).id(5),
      icmp("10.1.1.11 > 198.51.100.9", 10, 0),  other(47, "10.1.1.11 > 198.51.100.9")};
  for (const Draft& packet : packets) (void)router.sends(packet);
  (void)router.sends(tcp("198.51.100.9:5000 > 203.0.113.2:80"));
  (void)router.sends(udp("198.51.100.9:5000 > 203.0.113.12:80"));
  (void)router.sends(tcp("10.1.1.11:40000 > 203.0.113.2:80"));
  (void)router.sends(udp("203.0.113.2:61440 > 198.51.100.9:53").from_host("public0"));
  ASSERT_EQ(router.sessions(), 10U);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(disagreements(), 0U);
}

TEST_F(ExplainChecking, AgreesAboutASessionThatDrains) {
  router.with("egress_rules/dns",
              R"({"interface":"guest1","protocol":"udp","ports":"53","on_remove":"drain"})");
  const Draft packet = udp("10.1.2.11:40000 > 198.51.100.9:53");
  (void)router.sends(packet);
  router.without("egress_rules/dns");
  ASSERT_EQ(router.sends(packet), "public0: 203.0.113.2:40000 > 198.51.100.9:53");
  EXPECT_EQ(disagreements(), 0U);
}

TEST_F(ExplainChecking, AgreesAboutASessionWhoseNextHopDoesNotAnswer) {
  router.silence_neighbours();
  (void)router.sends(udp("10.1.1.11:40000 > 198.51.100.9:53"));
  (void)router.waits(3.5);
  ASSERT_EQ(router.explains(udp("10.1.1.11:40001 > 198.51.100.9:53")),
            "dropped: neighbour_unreachable");
  EXPECT_EQ(disagreements(), 0U);
}

TEST_F(ExplainChecking, LeavesWhatIsNotJudgedYetToThePath) {
  router.with("egress_rules/dns", R"({"interface":"guest1","protocol":"udp","ports":"53"})");
  (void)router.sends(udp("10.1.2.11:40000 > 198.51.100.9:53"));
  router.without("egress_rules/dns");
  EXPECT_EQ(disagreements(), 0U);
}

TEST_F(ExplainChecking, NoticesALineThatLeavesAsSomethingElse) {
  (void)router.sends(udp("10.1.1.11:40000 > 198.51.100.9:53"));
  first_line().source = address("203.0.113.3").as_v4();
  EXPECT_EQ(disagreements(), 1U);
}

TEST_F(ExplainChecking, NoticesLinesOfWhichOneDoesNotLeadBack) {
  (void)router.sends(udp("10.1.1.11:40000 > 198.51.100.9:53"));
  first_line().source_port = Be16::of(41'000);
  EXPECT_EQ(disagreements(), 1U);
}

TEST_F(ExplainChecking, NoticesALineThatLeavesAnotherWay) {
  (void)router.sends(udp("10.1.1.11:40000 > 198.51.100.9:53"));
  first_line().leave_by(router.worker().sessions.reply(0).adjacency());
  EXPECT_EQ(disagreements(), 1U);
}

TEST_F(ExplainChecking, NoticesASessionThatPolicyDoesNotAllow) {
  (void)router.sends(udp("10.1.2.11:40000 > 198.51.100.9:53"));
  ASSERT_EQ(router.sessions(), 0U);
  router.with("egress_rules/dns", R"({"interface":"guest1","protocol":"udp","ports":"53"})");
  (void)router.sends(udp("10.1.2.11:40000 > 198.51.100.9:53"));
  router.without("egress_rules/dns");
  (void)router.now();
  first_line().generation = router.worker().epoch();
  EXPECT_EQ(disagreements(), 1U);
}

}  // namespace
}  // namespace viaduct::test
