#include "dataplane/runtime/reports.h"

#include <gtest/gtest.h>

#include "tests/world.h"

namespace viaduct::test {
namespace {

class Report : public testing::Test {
 protected:
  api::Json counters() {
    const Snapshot& now = router.now();
    runtime::Reading reading;
    for (const auto& worker : router.workers()) {
      reading.add(*worker, now, router.paper.directory.limit());
    }
    return runtime::write_reading(reading, now, router.paper.directory,
                                  [&](UsageIndex index) { return router.worker().usage[index]; });
  }
  api::Json session(flow::SessionId id) {
    return runtime::write_session(runtime::copy_session(router.worker(), id),
                                  router.paper.directory);
  }
  World router;
};

TEST_F(Report, TellsWhatBecameOfEveryPacket) {
  (void)router.sends(tcp("10.1.1.11:40000 > 198.51.100.9:80"));
  (void)router.sends(tcp("198.51.100.9:5000 > 203.0.113.2:22"));
  const api::Json told = counters();
  EXPECT_EQ(told["totals"]["received"], 3);  // with the neighbour's ARP answer
  EXPECT_EQ(told["totals"]["generated"], 1);
  EXPECT_EQ(told["totals"]["sent"], 2);
  EXPECT_EQ(told["totals"]["dropped"], 1);
  EXPECT_EQ(told["totals"]["consumed"], 1);
  EXPECT_EQ(told["totals"]["held"], 0);
  EXPECT_EQ(told["drops"]["denied_inbound"], 1);
  EXPECT_EQ(told["drops"]["runt"], 0);
  EXPECT_EQ(told["invariants"]["packet_conservation"], 0);
  const auto& interfaces = told["routers"]["red"]["interfaces"];
  EXPECT_EQ(interfaces["guest0"]["rx_packets"], 1);
  EXPECT_EQ(interfaces["public0"]["drops"]["denied_inbound"], 1);
  EXPECT_EQ(interfaces["public0"]["tx_packets"], 2);
}

TEST_F(Report, TellsRulesAndUsage) {
  router.with("firewall_rules/idle", R"({"destination":"203.0.113.2"})");
  (void)router.sends(udp("10.1.1.11:40000 > 198.51.100.9:80").length(100));
  const api::Json told = counters()["routers"]["red"];
  EXPECT_EQ(told["rules"]["source_nats/default"], 1);
  EXPECT_EQ(told["rules"]["firewall_rules/idle"], 0);
  EXPECT_EQ(told["public_addresses"]["203.0.113.2"]["out_bytes"], 100);
  EXPECT_EQ(told["public_addresses"]["203.0.113.2"]["in_packets"], 0);
  EXPECT_EQ(told["sessions"], 1);
}

TEST_F(Report, TellsSessions) {
  (void)router.sends(udp("10.1.1.11:40000 > 198.51.100.9:53").length(100));
  (void)router.waits(3);
  (void)router.sends(udp("198.51.100.9:53 > 203.0.113.2:40000").length(200));
  (void)router.waits(2);
  const api::Json told = session(0);
  EXPECT_EQ(told["router"], "red");
  EXPECT_EQ(told["protocol"], "udp");
  EXPECT_EQ(told["state"], "open");
  EXPECT_EQ(told["source"], "10.1.1.11:40000");
  EXPECT_EQ(told["destination"], "198.51.100.9:53");
  EXPECT_EQ(told["translated_source"], "203.0.113.2:40000");
  EXPECT_EQ(told["translated_destination"], "198.51.100.9:53");
  EXPECT_EQ(told["ingress"], "guest0");
  EXPECT_EQ(told["egress"], "public0");
  EXPECT_EQ(told["rule"], "/routers/red/source_nats/default");
  EXPECT_EQ(told["age_s"], 5);
  EXPECT_EQ(told["idle_s"], 2);
  EXPECT_EQ(told["expires_s"], 298);
  EXPECT_EQ(told["bytes_out"], 100);
  EXPECT_EQ(told["bytes_in"], 200);
}

TEST_F(Report, TellsHowLongAHelperKeepsASession) {
  (void)router.sends(udp("10.1.1.11:5060 > 198.51.100.9:5060"));
  Worker& worker = router.worker();
  worker.sessions.forward(0).keep_until(worker.now() + 1800 * flow::ticks_per_second);
  EXPECT_EQ(session(0)["expires_s"], 1800);
}

TEST_F(Report, FindsSessionsByRouterProtocolAndAddress) {
  (void)router.sends(udp("10.1.1.11:40000 > 198.51.100.9:53"));
  const auto is_found = [&](const runtime::SessionFilter& filter) {
    return matches(router.worker(), 0, filter);
  };
  EXPECT_TRUE(is_found({}));
  EXPECT_FALSE(is_found({.router = 9999}));
  EXPECT_TRUE(is_found({.protocol = Protocol::udp}));
  EXPECT_FALSE(is_found({.protocol = Protocol::tcp}));
  EXPECT_TRUE(is_found({.address = prefix("10.1.1.0/24")}));
  EXPECT_TRUE(is_found({.address = prefix("203.0.113.2")}));
  EXPECT_TRUE(is_found({.address = prefix("198.51.100.9")}));
  EXPECT_FALSE(is_found({.address = prefix("10.1.2.0/24")}));
  (void)router.waits(310);
  EXPECT_FALSE(is_found({}));
}

TEST_F(Report, TellsWhereAnExplainedPacketGoes) {
  const auto told = [&](const Draft& draft) {
    return runtime::write_trace(router.trace(draft), router.paper.directory);
  };
  const api::Json forwarded = told(tcp("10.1.1.11:40000 > 198.51.100.9:80"));
  EXPECT_EQ(forwarded["verdict"], "forwarded");
  EXPECT_EQ(forwarded["source"], "203.0.113.2:40000");
  EXPECT_EQ(forwarded["reason"], "");
  EXPECT_EQ(told(ping("10.1.1.11 > 10.1.1.1"))["verdict"], "answered");
  EXPECT_EQ(told(udp("10.1.1.11:68 > 10.1.1.1:67"))["verdict"], "delivered");
  EXPECT_EQ(told(udp("10.1.1.11:68 > 10.1.1.1:99"))["reason"], "no_service");
}

}  // namespace
}  // namespace viaduct::test
