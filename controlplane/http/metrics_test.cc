#include "controlplane/http/metrics.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <fstream>

#include "controlplane/test_support.h"

namespace viaduct::test {
namespace {

using api::Json;

Json counters() {
  return sure(api::parse_json(R"({
    "totals": {"received": 9, "generated": 1, "sent": 6, "dropped": 2, "consumed": 1, "held": 1},
    "workers": [{"received": 9, "sent": 6, "sessions": 3}],
    "drops": {"firewall": 2}, "sessions": {"live": 3, "limit": 9, "most_of_a_guest": 2, "opened": 4,
                                           "expired": 1},
    "buffers": {"total": 16, "free": 12}, "generation": 5,
    "routers": {"red": {"sessions": 3, "interfaces": {
      "guest0": {"rx_packets": 5, "rx_bytes": 500, "drops": {"spoofed_source": 1}},
      "public0": {"rx_packets": 4, "tx_packets": 2}},
      "rules": {"firewall_rules/web": 8},
      "public_addresses": {"203.0.113.2": {"in_packets": 1, "in_bytes": 60, "out_bytes": 40}},
      "public_ports": {"203.0.113.2": {"tcp": {"taken": 3, "limit": 64512}}}}},
    "ports": {"wan": {"state": "up"}, "lan": {"state": "missing"}},
    "stages": [{"name": "parse", "packets": 9, "cycles": 90}], "invariants": {"conservation": 0}})"));
}

Json guest_counters() {
  return sure(api::parse_json(R"({"revision": 3, "routers": {"red": {
    "networks": {
      "guest0": {"dhcp": {"discover": 4, "leases": {"offered": 0, "bound": 3}},
                 "dns": {"query": 9}, "metadata": {}, "password": {"served": 1},
                 "closed": [{"service": "dns", "problem": "no such interface"}]},
      "guest1": {"dhcp": {"discover": 1, "leases": {"offered": 1, "bound": 0}}, "closed": []}},
    "dns": {"cache": {"answers": 5}, "questions": {"waiting": 1, "asked": 7},
            "resolvers": [{"resolver": "198.51.100.53", "asked": 7, "answered": 6}]}}}})"));
}

// What `promtool check metrics` returns for the text in this file.
int promtool(const std::string& path) {
  std::array arguments{const_cast<char*>("promtool"), const_cast<char*>("check"),
                       const_cast<char*>("metrics"), static_cast<char*>(nullptr)};
  posix_spawn_file_actions_t actions{};
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, path.c_str(), O_RDONLY, 0);
  pid_t child = 0;
  const int spawned =
      posix_spawnp(&child, "promtool", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  if (spawned != 0 || waitpid(child, &status, 0) != child) return -1;
  return WEXITSTATUS(status);
}

TEST(Metrics, TellWhatTheDataPlaneCounts) {
  const std::string text = http::write_metrics({}, {counters()}, guest_counters());

  EXPECT_NE(text.find("viaduct_packets_total{way=\"received\"} 9\n"), text.npos);
  EXPECT_NE(text.find("viaduct_interface_drops_total{router=\"red\",interface=\"guest0\","
                      "reason=\"spoofed_source\"} 1\n"),
            text.npos);
  EXPECT_NE(text.find("viaduct_rule_hits_total{router=\"red\",collection=\"firewall_rules\","
                      "rule=\"web\"} 8\n"),
            text.npos);
  EXPECT_NE(text.find("viaduct_address_bytes_total{router=\"red\",address=\"203.0.113.2\","
                      "direction=\"out\"} 40\n"),
            text.npos);
  EXPECT_NE(text.find("viaduct_public_ports_taken{router=\"red\",address=\"203.0.113.2\","
                      "protocol=\"tcp\"} 3\n"),
            text.npos);
  EXPECT_NE(text.find("viaduct_sessions_most_of_a_guest 2\n"), text.npos);
  EXPECT_NE(text.find("viaduct_port_up{port=\"lan\"} 0\n"), text.npos);
  EXPECT_NE(text.find("viaduct_invariant_violations_total{invariant=\"conservation\"} 0\n"),
            text.npos);
}

TEST(Metrics, TellWhatGuestsAskOfTheirServices) {
  const std::string text = http::write_metrics({}, {counters()}, guest_counters());

  EXPECT_NE(text.find("viaduct_guest_service_events_total{router=\"red\",interface=\"guest0\","
                      "service=\"dhcp\",event=\"discover\"} 4\n"),
            text.npos);
  EXPECT_NE(text.find("viaduct_dhcp_leases{router=\"red\",interface=\"guest0\",state=\"bound\"} "
                      "3\n"),
            text.npos);
  EXPECT_NE(text.find("viaduct_guest_services_closed{router=\"red\",interface=\"guest0\"} 1\n"),
            text.npos);
  EXPECT_NE(text.find("viaduct_dns_resolver_events_total{router=\"red\","
                      "resolver=\"198.51.100.53\",event=\"answered\"} 6\n"),
            text.npos);
}

TEST(Metrics, TellOfViaductdWhenTheDataPlaneIsAway) {
  const std::string text =
      http::write_metrics({.revision = 7}, {Json::object(), 2}, Json::object());

  EXPECT_NE(text.find("viaduct_revision 7\n"), text.npos);
  EXPECT_NE(text.find("{invariant=\"usage_never_runs_backwards\"} 2\n"), text.npos);
  EXPECT_EQ(text.find("viaduct_packets_total"), text.npos);
}

TEST(Metrics, PleasePromtool) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("metrics");
  std::ofstream{path} << http::write_metrics({}, {counters()}, guest_counters());

  const int verdict = promtool(path);
  ASSERT_NE(verdict, -1) << "promtool does not run; scripts/install-dependencies.sh installs it";
  EXPECT_EQ(verdict, 0);
}

}  // namespace
}  // namespace viaduct::test
