#include <gtest/gtest.h>

#include <thread>

#include "base/published.h"
#include "tests/world.h"

namespace viaduct::test {
namespace {

constexpr auto outward = "10.1.1.11:40000 > 198.51.100.9:80";
constexpr auto outward_sent = "public0: 203.0.113.2:40000 > 198.51.100.9:80";
constexpr auto inward = "198.51.100.9:80 > 203.0.113.2:40000";
constexpr auto inward_sent = "guest0: 198.51.100.9:80 > 10.1.1.11:40000";

// Configuration changes under live sessions.
class NewGeneration : public testing::Test {
 protected:
  NewGeneration() {
    router.with("port_forwards/web",
                R"({"protocol":"tcp","public":"203.0.113.2:8080","private":"10.1.1.20:80"})");
    router.with("firewall_rules/web", open_web);
    (void)router.sends(tcp(from_client));
    (void)router.sends(tcp(from_web).flags("SA"));
    (void)router.sends(tcp(from_client).flags("A"));
  }
  static constexpr auto open_web =
      R"({"destination":"203.0.113.2","protocol":"tcp","ports":"8080"})";
  static constexpr auto from_client = "198.51.100.9:5000 > 203.0.113.2:8080";
  static constexpr auto to_web = "guest0: 198.51.100.9:5000 > 10.1.1.20:80";
  static constexpr auto from_web = "10.1.1.20:80 > 198.51.100.9:5000";
  static constexpr auto to_client = "public0: 203.0.113.2:8080 > 198.51.100.9:5000";

  void changes_something_else() {
    router.with("firewall_rules/ping", R"({"destination":"203.0.113.2","protocol":"icmp"})");
  }

  World router;
};

TEST_F(NewGeneration, LeavesWhatIsStillAllowedUndisturbed) {
  changes_something_else();
  EXPECT_EQ(router.sends(tcp(from_client).flags("A")), to_web);
  EXPECT_EQ(router.sends(tcp(from_web).flags("A")), to_client);
  EXPECT_EQ(router.state_of(tcp(from_client)), "established");
  EXPECT_EQ(router.sum(&Worker::session_totals, &SessionTotals::cut), 0U);
}

TEST_F(NewGeneration, LeavesItUndisturbedWhenAnAnswerComesFirst) {
  changes_something_else();
  EXPECT_EQ(router.sends(tcp(from_web).flags("A")), to_client);
  EXPECT_EQ(router.sends(tcp(from_client).flags("A")), to_web);
}

TEST_F(NewGeneration, LeavesATranslatedSessionItsPort) {
  (void)router.sends(tcp("10.1.1.12:40000 > 198.51.100.9:80"));
  const std::string first = router.sends(tcp(outward));
  changes_something_else();
  EXPECT_EQ(router.sends(tcp(outward).flags("A")), first);
  EXPECT_EQ(router.mappings(), 2U);
}

TEST_F(NewGeneration, CutsWhatNoRuleAllowsAnyMore) {
  router.without("firewall_rules/web");
  EXPECT_EQ(router.sends(tcp(from_client).flags("A")), "dropped: session_revoked");
  EXPECT_EQ(router.sends(tcp(from_client).flags("A")), "dropped: denied_inbound");
  EXPECT_EQ(router.sends(tcp(from_web).flags("A")), "dropped: no_session");
  EXPECT_EQ(router.sum(&Worker::session_totals, &SessionTotals::cut), 1U);
}

TEST_F(NewGeneration, CutsItWhenAnAnswerComesFirst) {
  router.without("firewall_rules/web");
  EXPECT_EQ(router.sends(tcp(from_web).flags("A")), "dropped: session_revoked");
  EXPECT_EQ(router.sessions(), 0U);
}

TEST_F(NewGeneration, JudgesASessionOnceForTwoPacketsOfABurst) {
  changes_something_else();
  EXPECT_EQ(router.sends({tcp(from_client).flags("A"), tcp(from_web).flags("A"),
                          tcp(from_client).flags("A")}),
            std::string{to_web} + "; " + to_web + "; " + to_client);
  router.without("firewall_rules/web");
  EXPECT_EQ(router.sends({tcp(from_client).flags("A"), tcp(from_web).flags("A")}),
            "dropped: session_revoked; dropped: session_revoked");
  EXPECT_EQ(router.sum(&Worker::session_totals, &SessionTotals::cut), 1U);
}

TEST_F(NewGeneration, JudgesAnOutwardSessionOnceForTwoPacketsOfABurst) {
  (void)router.sends(udp(outward));
  router.with("source_nats/default", R"({"addresses": ["203.0.113.3"]})");
  (void)router.sends({udp(outward), udp(outward)});
  EXPECT_EQ(router.sends(udp(outward)), "public0: 203.0.113.3:40000 > 198.51.100.9:80");
}

TEST_F(NewGeneration, LetsSessionsRunOutWhoseFirewallRuleDrained) {
  router.with("firewall_rules/web", R"({"destination":"203.0.113.2","protocol":"tcp",
                                        "ports":"8080","on_remove":"drain"})");
  EXPECT_EQ(router.sends(tcp(from_client).flags("A")), to_web);
  router.without("firewall_rules/web");
  EXPECT_EQ(router.sends(tcp(from_client).flags("A")), to_web);
  EXPECT_EQ(router.sends(tcp(from_web).flags("A")), to_client);
  EXPECT_EQ(router.sends(tcp("198.51.100.9:5001 > 203.0.113.2:8080")), "dropped: denied_inbound");
}

TEST_F(NewGeneration, LetsSessionsRunOutWhoseForwardDrained) {
  router.with("port_forwards/web", R"({"protocol":"tcp","public":"203.0.113.2:8080",
                                       "private":"10.1.1.20:80","on_remove":"drain"})");
  EXPECT_EQ(router.sends(tcp(from_client).flags("A")), to_web);
  router.without("port_forwards/web");
  EXPECT_EQ(router.sends(tcp(from_client).flags("A")), to_web);
  EXPECT_EQ(router.sends(tcp(from_web).flags("A")), to_client);
  EXPECT_EQ(router.sends(tcp("198.51.100.9:5001 > 203.0.113.2:8080")), "dropped: no_service");
}

TEST_F(NewGeneration, LetsSessionsKeepAPublicAddressThatDrained) {
  router.with("source_nats/default", R"({"addresses": ["203.0.113.2"], "on_remove": "drain"})");
  (void)router.sends(udp(outward));
  router.with("source_nats/default", R"({"addresses": ["203.0.113.3"]})");
  EXPECT_EQ(router.sends(udp(outward)), outward_sent);
  EXPECT_EQ(router.sends(udp(inward)), inward_sent);
  EXPECT_EQ(router.sends(udp("10.1.1.11:40000 > 198.51.100.10:80")),
            "public0: 203.0.113.3:40000 > 198.51.100.10:80");
}

TEST_F(NewGeneration, EndsASessionWhoseForwardLeadsElsewhere) {
  router.with("port_forwards/web",
              R"({"protocol":"tcp","public":"203.0.113.2:8080","private":"10.1.1.21:80"})");
  EXPECT_EQ(router.sends(tcp(from_client).flags("A")), "dropped: session_revoked");
  EXPECT_EQ(router.sends(tcp(from_client).flags("A")), "dropped: no_session");
  EXPECT_EQ(router.sends(tcp(from_client)), "guest0: 198.51.100.9:5000 > 10.1.1.21:80");
}

TEST_F(NewGeneration, EndsASessionWhosePublicAddressIsGone) {
  (void)router.sends(tcp(outward));
  router.with("source_nats/default", R"({"addresses": ["203.0.113.3"]})");
  EXPECT_EQ(router.sends(tcp(outward).flags("A")), "dropped: session_revoked");
  EXPECT_EQ(router.sends(tcp(outward).flags("A")), "dropped: no_session");
  EXPECT_EQ(router.sends(tcp(outward)), "public0: 203.0.113.3:40000 > 198.51.100.9:80");
}

TEST_F(NewGeneration, EndsSessionsOfAnInterfaceThatIsGone) {
  (void)router.sends(tcp(outward));
  router.without("interfaces/guest0");
  router.without("port_forwards/web");
  EXPECT_EQ(router.sends(tcp(inward).flags("A")), "dropped: denied_inbound");
  EXPECT_EQ(router.state_of(tcp(outward)), "none");
}

TEST_F(NewGeneration, JudgesAGuestAnewThatComesByAnotherInterface) {
  (void)router.sends(tcp(outward));
  router.without("interfaces/guest0");
  router.with("interfaces/guest9", R"({"role":"guest","port":"lan","vlan":9,
                                       "addresses":["10.1.1.1/24"]})");
  EXPECT_EQ(router.sends(tcp(outward).from("guest9")), outward_sent);
}

TEST_F(NewGeneration, SendsSessionsOnByAnotherWay) {
  (void)router.sends(udp(outward));
  router.with("routes/default", R"({"prefix": "0.0.0.0/0", "via": "203.0.113.254"})");
  EXPECT_EQ(router.sends(udp(outward)), outward_sent);
  EXPECT_EQ(router.last().to, station(address("203.0.113.254")));
}

// Sessions of guest 10.1.1.11 from ports 50000 on, that nothing but source NAT has to do with.
class ManySessions : public NewGeneration {
 protected:
  ManySessions() {
    for (int i = 0; i < 8; ++i) (void)router.sends(udp(outward(i)));
  }
  static std::string outward(int i) {
    return "10.1.1.11:" + std::to_string(50000 + i) + " > 198.51.100.9:53";
  }
  std::string all_send() {
    return router.sends({udp(outward(0)), udp(outward(1)), udp(outward(2)), udp(outward(3)),
                         udp(outward(4)), udp(outward(5)), udp(outward(6)), udp(outward(7))});
  }
  // What the peer's router says of a packet of the first one.
  static Draft unreachable() {
    return icmp("198.51.100.9 > 203.0.113.2", 3, 3)
        .about(udp("203.0.113.2:50000 > 198.51.100.9:53"));
  }
  // How many of them were judged in the generation that is followed now.
  std::size_t judged() {
    std::size_t count = 0;
    for (int i = 0; i < 8; ++i) {
      const auto key = flow::Key::of(udp(outward(i)).tuple(), router.now().routers()[0]->slot());
      for (const auto& worker : router.workers()) {
        auto& sessions = worker->sessions;
        const flow::LineId id = sessions.find(key);
        if (id != flow::none && sessions.line(id).generation == worker->epoch()) ++count;
      }
    }
    return count;
  }
};

TEST_F(ManySessions, AreJudgedInTurnWhenSomethingIsLetInBesides) {
  changes_something_else();
  for (std::size_t burst = 1; burst <= 8; ++burst) {
    (void)all_send();
    EXPECT_EQ(judged(), burst);
  }
}

TEST_F(ManySessions, AreJudgedInTurnWhenARuleGoesThatLetOthersIn) {
  router.without("firewall_rules/web");
  (void)all_send();
  EXPECT_EQ(judged(), 1U);
}

TEST_F(ManySessions, AreJudgedAtOnceWhenAnythingElseChanges) {
  router.with("routes/else", R"({"prefix":"192.0.2.0/24","via":"203.0.113.1"})");
  (void)all_send();
  EXPECT_EQ(judged(), 8U);
}

TEST_F(ManySessions, AreJudgedAtOnceWhenTheyWereSilentForLong) {
  (void)router.waits(60);
  changes_something_else();
  (void)all_send();
  EXPECT_EQ(judged(), 8U);
}

TEST_F(ManySessions, DoNotShieldOneThatLostItsRule) {
  router.without("firewall_rules/web");
  (void)router.sends({udp(outward(0)), tcp(from_client).flags("A")});
  EXPECT_EQ(router.drops(Reason::session_revoked), 1U);
}

// A worker notes them by and by, the older ones first.
TEST_F(ManySessions, DoNotShieldOneWhoseLostRuleIsNotNotedYet) {
  constexpr auto to_late = "198.51.100.9:5000 > 203.0.113.2:8081";
  std::vector<std::string> lost;
  for (int i = 0; i < 64; ++i) lost.push_back("firewall_rules/" + std::to_string(i));
  for (const std::string& rule : lost) router.with(rule, open_web);
  (void)all_send();
  router.with("port_forwards/late",
              R"({"protocol":"tcp","public":"203.0.113.2:8081","private":"10.1.1.20:81"})");
  lost.emplace_back("firewall_rules/late");
  router.with(lost.back(), R"({"destination":"203.0.113.2","protocol":"tcp","ports":"8081"})");
  (void)router.sends(tcp(to_late));
  for (const std::string& rule : lost) router.without(rule);
  (void)all_send();
  EXPECT_TRUE(router.worker().is_noting());
  (void)router.sends({udp(outward(1)), tcp(to_late).flags("A")});
  EXPECT_EQ(router.drops(Reason::session_revoked), 1U);
}

TEST_F(ManySessions, DoNotShieldOneWhoseLostRuleIsNotedLongSince) {
  router.without("firewall_rules/web");
  for (int i = 0; i < 3; ++i) (void)all_send();
  EXPECT_FALSE(router.worker().is_noting());
  (void)router.sends({udp(outward(3)), tcp(from_client).flags("A")});
  EXPECT_EQ(router.drops(Reason::session_revoked), 1U);
}

std::unique_ptr<const Snapshot> snapshot_of(const Configuration& configuration,
                                            const Snapshot& before) {
  return std::make_unique<Snapshot>(
      before.generation() + 1, configuration,
      [](const auto&, const auto&) { return Snapshot::Attachment{}; },
      [](const auto&, const auto&) { return UsageIndex{0}; }, &before);
}

// What was taken back is noted from the snapshot, which dies when the next one is followed.
TEST_F(NewGeneration, IsNotFollowedBeforeAllIsNotedThatTheLastOneTookBack) {
  const Snapshot& first = router.now();
  const Configuration with = sure(router.paper.compile());
  router.paper.remove("/routers/red/firewall_rules/web");
  const Configuration without = sure(router.paper.compile(with));
  constexpr std::size_t readers = 2;  // the worker, and this test
  Published<Snapshot> snapshots{snapshot_of(without, first), readers};
  const std::uint32_t second = snapshots.current().generation();
  Worker& worker = router.worker();
  EXPECT_EQ(worker.catch_up(snapshots).generation(), second);
  EXPECT_TRUE(worker.is_noting());

  std::thread writer{[&] { snapshots.replace(snapshot_of(without, snapshots.current())); }};
  while (snapshots.latest(1).generation() == second) std::this_thread::yield();
  EXPECT_EQ(worker.catch_up(snapshots).generation(), second);
  worker.note_revoked();
  EXPECT_EQ(worker.catch_up(snapshots).generation(), second + 1);
  writer.join();

  worker.follow(first);
  router.paper.directory.rollback();
}

TEST_F(ManySessions, DoNotShieldOneThatLostItsForward) {
  router.without("port_forwards/web");
  (void)router.sends({udp(outward(0)), tcp(from_client).flags("A")});
  EXPECT_EQ(router.drops(Reason::session_revoked), 1U);
}

TEST_F(ManySessions, DoNotShieldOneWhoseForwardIsAnother) {
  router.with("port_forwards/web",
              R"({"protocol":"tcp","public":"203.0.113.2:8080","private":"10.1.1.21:80"})");
  (void)router.sends({udp(outward(0)), tcp(from_client).flags("A")});
  EXPECT_EQ(router.drops(Reason::session_revoked), 1U);
}

TEST_F(ManySessions, AreToldOfErrorsBeforeTheyAreJudgedAgain) {
  changes_something_else();
  EXPECT_EQ(router.sends(unreachable()).substr(0, 6), "guest0");
}

TEST_F(ManySessions, AreToldOfNoErrorsOnceTheyMayHaveLostTheirRule) {
  router.with("routes/else", R"({"prefix":"192.0.2.0/24","via":"203.0.113.1"})");
  EXPECT_EQ(router.sends(unreachable()), "dropped: no_session");
}

}  // namespace
}  // namespace viaduct::test
