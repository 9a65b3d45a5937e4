#include <gtest/gtest.h>

#include "dataplane/runtime/described_packet.h"
#include "dataplane/runtime/reports.h"
#include "tests/world.h"

namespace viaduct::test {
namespace {

// The same packet, explained and sent. Explaining changes nothing, so it may be done twice.
class Explain : public testing::Test {
 protected:
  Explain() {
    router.with("port_forwards/web",
                R"({"protocol":"tcp","public":"203.0.113.2:8080","private":"10.1.1.20:80"})");
    router.with("static_nats/db", R"({"public":"203.0.113.12","private":"10.1.1.12"})");
    router.with("firewall_rules/web", R"({"destination":"203.0.113.2","protocol":"tcp"})");
    router.with("firewall_rules/db", R"({"destination":"203.0.113.12"})");
    router.with("egress_rules/smtp", R"({"interface":"guest0","protocol":"tcp","ports":"25"})");
    router.with("interfaces/gateway0/mtu", "1000");
  }
  // What a packet really meets, in explain's words.
  std::string meets(const Draft& draft) {
    const std::string told = router.sends(draft);
    if (told.find(" reply ") != told.npos && draft.tuple().protocol == Protocol::icmp &&
        told.rfind("guest", 0) == 0) {
      return "answered";
    }
    if (told.rfind("host ", 0) == 0) return "delivered";
    const auto dropped = told.find("dropped: ");
    return dropped == told.npos ? told : told.substr(dropped);
  }
  void expect_agreement(const Draft& draft) {
    const auto received = router.sum(&Worker::totals, &PacketTotals::received);
    const auto generated = router.sum(&Worker::totals, &PacketTotals::generated);
    const auto dropped = router.sum(&Worker::totals, &PacketTotals::dropped);
    const std::size_t sessions = router.sessions();
    const std::string foretold = router.explains(draft);
    EXPECT_EQ(router.explains(draft), foretold);
    EXPECT_EQ(router.sum(&Worker::totals, &PacketTotals::received), received);
    EXPECT_EQ(router.sum(&Worker::totals, &PacketTotals::generated), generated);
    EXPECT_EQ(router.sum(&Worker::totals, &PacketTotals::dropped), dropped);
    EXPECT_EQ(router.sessions(), sessions);
    EXPECT_EQ(meets(draft), foretold) << describe(draft.tuple());
  }
  World router;
};

TEST_F(Explain, AgreesWithThePathAboutFirstPackets) {
  const std::vector<Draft> packets = {
      tcp("10.1.1.11:40000 > 198.51.100.9:80"),
      tcp("10.1.1.13:40000 > 198.51.100.9:80"),  // its port is taken by now
      tcp("10.1.1.11:40000 > 198.51.100.9:81").flags("A"),
      tcp("10.1.1.11:40001 > 198.51.100.9:80").ttl(1),
      tcp("10.1.1.11:40002 > 198.51.100.9:25"),
      tcp("10.1.1.12:40000 > 198.51.100.9:80"),
      udp("10.1.1.11:123 > 198.51.100.9:123"),
      ping("10.1.1.11 > 198.51.100.9"),
      pong("10.1.1.11 > 198.51.100.10"),
      ping("10.1.1.11 > 10.1.1.1"),
      udp("10.1.1.11:5000 > 10.1.1.1:53"),
      udp("10.1.1.11:5000 > 10.1.1.1:54"),
      udp("10.1.1.11:5000 > 172.16.0.9:53").length(1200),
      udp("10.1.2.11:5000 > 198.51.100.9:53"),
      udp("10.1.2.11:5000 > 198.51.100.9:53").from("guest0"),
      udp("127.0.0.1:5000 > 198.51.100.9:53").from("guest0"),
      udp("10.1.1.11:5000 > 127.0.0.1:53"),
      udp("10.1.1.11:5001 > 198.51.100.9:53").spoil(26, 1),
      other(47, "10.1.1.11 > 198.51.100.9"),
      other(47, "10.1.1.12 > 198.51.100.9"),
      tcp("198.51.100.9:5000 > 203.0.113.2:8080"),
      tcp("198.51.100.9:5000 > 203.0.113.2:8081"),
      udp("198.51.100.9:5000 > 203.0.113.2:8080"),
      udp("198.51.100.9:5000 > 203.0.113.12:8080"),
      tcp("10.1.1.11:41000 > 203.0.113.2:8080"),
      udp("203.0.113.2:61440 > 198.51.100.9:53").from_host("public0"),
      udp("203.0.113.2:61440 > 10.1.1.11:53").from_host("guest0"),
      udp("10.1.1.1:53 > 10.1.1.11:5000").from_host("guest0"),
      udp("9.9.9.9:53 > 10.1.1.11:5000").from_host("guest0"),
  };
  for (const Draft& packet : packets) expect_agreement(packet);
}

TEST_F(Explain, AgreesWithThePathAboutLiveSessions) {
  (void)router.sends(tcp("10.1.1.11:40000 > 198.51.100.9:80"));
  (void)router.sends(udp("203.0.113.2:61440 > 198.51.100.9:53").from_host("public0"));
  expect_agreement(tcp("10.1.1.11:40000 > 198.51.100.9:80").flags("A"));
  expect_agreement(tcp("198.51.100.9:80 > 203.0.113.2:40000").flags("SA"));
  expect_agreement(tcp("198.51.100.9:80 > 203.0.113.2:40000").flags("SA").ttl(1));
  expect_agreement(tcp("10.1.1.11:40000 > 198.51.100.9:80").from("guest1"));
  expect_agreement(udp("198.51.100.9:53 > 203.0.113.2:61440"));
}

TEST_F(Explain, AgreesWithThePathAboutSessionsOfAnOlderGeneration) {
  const std::vector<Draft> packets = {
      tcp("10.1.1.11:40000 > 198.51.100.9:80"), tcp("198.51.100.9:5000 > 203.0.113.2:8080"),
      udp("198.51.100.9:5000 > 203.0.113.12:8080"),
      udp("203.0.113.2:61440 > 198.51.100.9:53").from_host("public0")};
  for (const Draft& packet : packets) (void)router.sends(packet);
  router.without("firewall_rules/web");
  for (const Draft& packet : packets) expect_agreement(Draft{packet}.flags("A"));
  router.with("firewall_rules/web", R"({"destination":"203.0.113.2"})");
  expect_agreement(udp("10.1.1.12:8080 > 198.51.100.9:5000"));
  router.with("source_nats/default", R"({"addresses":["203.0.113.3"]})");
  for (const Draft& packet : packets) expect_agreement(Draft{packet}.flags("A"));
}

TEST_F(Explain, AgreesWithThePathWhenAnInterfaceIsGone) {
  (void)router.sends(tcp("10.1.1.11:40000 > 198.51.100.9:80"));
  for (const char* gone :
       {"interfaces/guest0", "port_forwards/web", "static_nats/db", "egress_rules/smtp"}) {
    router.without(gone);
  }
  expect_agreement(tcp("198.51.100.9:80 > 203.0.113.2:40000").flags("A"));
}

TEST_F(Explain, JudgesLiveSessionsUnderACandidate) {
  (void)router.sends(udp("10.1.1.11:40000 > 198.51.100.9:53"));
  EXPECT_EQ(router.trace(udp("10.1.1.11:40000 > 198.51.100.9:53"), true).fate, Fate::forwarded);
  EXPECT_EQ(router.sum(&Worker::session_totals, &SessionTotals::cut), 0U);
}

TEST_F(Explain, TakesNoPort) {
  (void)router.sends(udp("10.1.1.13:40000 > 198.51.100.9:53"));
  (void)router.explains(udp("10.1.1.11:40000 > 198.51.100.9:53"));
  EXPECT_EQ(router.mappings(), 1U);
}

TEST_F(Explain, TellsEveryDecision) {
  const Trace trace = router.trace(tcp("198.51.100.9:5000 > 203.0.113.2:8080"));
  const api::Json told = runtime::write_trace(trace, router.paper.directory);
  EXPECT_EQ(told["verdict"], "forwarded");
  EXPECT_EQ(told["egress"], "guest0");
  EXPECT_EQ(told["destination"], "10.1.1.20:80");
  std::string stages;
  for (const auto& step : told["steps"]) stages += step["stage"].get<std::string>() + " ";
  EXPECT_EQ(stages, "session port_forward route firewall ");
  EXPECT_EQ(told["rule"], "/routers/red/firewall_rules/web");
}

TEST_F(Explain, TellsWhyAPacketIsDropped) {
  const Trace trace = router.trace(tcp("10.1.1.11:40000 > 198.51.100.9:25"));
  const api::Json told = runtime::write_trace(trace, router.paper.directory);
  EXPECT_EQ(told["verdict"], "dropped");
  EXPECT_EQ(told["reason"], "denied_egress");
  EXPECT_EQ(told["rule"], "/routers/red/egress_rules/smtp");
}

TEST(Pipeline, MeasuresItsStagesInOneBurstOfSixteen) {
  World router{1024, 1};
  const auto packets = [&](std::string_view stage) {
    const auto at = std::ranges::find(Forwarding::names, stage) - Forwarding::names.begin();
    return router.worker().stages[static_cast<std::size_t>(at)].packets;
  };
  (void)router.sends(tcp("10.1.1.11:40000 > 198.51.100.9:80"));  // and the neighbour's ARP answer
  EXPECT_EQ(packets("parse"), 1U);
  EXPECT_EQ(packets("admit"), 1U);
  const Draft packet = tcp("10.1.1.11:40000 > 198.51.100.9:80").flags("A");
  for (int i = 0; i < 15; ++i) (void)router.sends(packet);
  EXPECT_EQ(packets("parse"), 2U);
  EXPECT_EQ(packets("admit"), 1U);  // which judges the first of a session only
}

// A stage in which another generation takes effect.
struct Upheaval {
  static constexpr std::string_view name = "upheaval";
  static constexpr bool judges_openings = false;
  static constexpr bool runs_ahead = true;
  static inline const Snapshot* next = nullptr;
  static void run(Burst& /*burst*/, const Snapshot& /*now*/, Worker& self) noexcept {
    self.follow(*next);
  }
};

TEST(Pipeline, NoticesABurstThatTwoGenerationsJudge) {
  World router{1024, 1};
  (void)router.sends(tcp("10.1.1.11:40000 > 198.51.100.9:80"));
  EXPECT_EQ(router.worker().mixed_bursts(), 0U);
  const Snapshot& now = router.now();
  const Snapshot next{now.generation() + 1, Configuration{},
                      [](const auto&, const auto&) { return Snapshot::Attachment{}; },
                      [](const auto&, const auto&) { return UsageIndex{0}; }};
  Upheaval::next = &next;
  Burst burst;
  for (int i = 0; i < 16; ++i) {
    router.worker().follow(now);
    Pipeline<Upheaval>::run(burst, now, router.worker());
  }
  EXPECT_EQ(router.worker().mixed_bursts(), 1U);
  router.worker().follow(now);
}

}  // namespace
}  // namespace viaduct::test
