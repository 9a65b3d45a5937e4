#include <benchmark/benchmark.h>

#include <fstream>
#include <iterator>

#include "controlplane/cloudstack/adapter.h"
#include "controlplane/document.h"

// What it costs to take what a management server sends.
namespace viaduct::cloudstack {
namespace {

constexpr unsigned many = 1000;

std::string sample(const std::string& name) {
  std::ifstream file{VIADUCT_SOURCE "/tests/cloudstack/samples/" + name};
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::string guest(unsigned n) {
  return to_string(Address::v4(Be32::of(0x0a010100 + n)));
}

// An aggregate in the making.
class Text {
 public:
  void add(const std::string& file, const api::Json& content) {
    const std::string name = file + "." + std::to_string(count_++);
    text_ += "<file>\n/var/cache/cloud/" + name + "\n" + content.dump() + "\n</file>\n<script>\n" +
             "/opt/cloud/bin/update_config.py " + name + "\n</script>\n";
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_ = "<version>\n1.0\n</version>\n";
  unsigned count_ = 0;
};

api::Json many_forwards() {
  api::Json rules = api::Json::array();
  for (unsigned n = 0; n < many / 2; ++n) {
    const std::string port = std::to_string(10'000 + n) + ":" + std::to_string(10'000 + n);
    rules.push_back({{"revoke", false},
                     {"protocol", "tcp"},
                     {"source_ip_address", "203.0.113.11"},
                     {"source_port_range", port},
                     {"destination_ip_address", guest(16 + n)},
                     {"destination_port_range", port}});
  }
  return {{"type", "forwardrules"}, {"rules", std::move(rules)}};
}

api::Json many_firewall_rules() {
  api::Json rules = api::Json::array();
  for (unsigned n = 0; n < many; ++n) {
    rules.push_back({{"id", n + 1},
                     {"src_ip", "203.0.113.11"},
                     {"protocol", "tcp"},
                     {"src_port_range", {10'000 + n, 10'000 + n}},
                     {"revoked", false},
                     {"source_cidr_list", {"0.0.0.0/0"}},
                     {"traffic_type", "Ingress"},
                     {"default_egress_policy", false}});
  }
  return {{"type", "firewallrules"}, {"rules", std::move(rules)}};
}

std::string large_aggregate() {
  Text text;
  text.add("ip_associations.json", api::Json::parse(sample("iso-01-ip_associations.json")));
  text.add("firewall_rules.json", many_firewall_rules());
  text.add("forwarding_rules.json", many_forwards());
  for (unsigned n = 0; n < many; ++n) {
    std::string mac = "02:01:00:aa:00:00";
    mac.replace(12, 5,
                {"0123456789abcdef"[n >> 12 & 15], "0123456789abcdef"[n >> 8 & 15], ':',
                 "0123456789abcdef"[n >> 4 & 15], "0123456789abcdef"[n & 15]});
    text.add("vm_dhcp_entry.json", {{"type", "dhcpentry"},
                                    {"host_name", "vm" + std::to_string(n)},
                                    {"mac_address", mac},
                                    {"ipv4_address", guest(16 + n)},
                                    {"default_gateway", "10.1.0.1"},
                                    {"default_entry", true},
                                    {"remove", false}});
    text.add("vm_metadata.json",
             {{"type", "vmdata"},
              {"vm_ip_address", guest(16 + n)},
              {"vm_metadata",
               {{"userdata", "user-data", "I2Nsb3VkLWNvbmZpZwo="},
                {"metadata", "local-ipv4", guest(16 + n)},
                {"metadata", "instance-id", "b970958e-dd14-531b-8071-fd2fe6d61016"}}}});
  }
  return text.text();
}

// A router that waits for its aggregate.
ApplianceDocument waiting() {
  const api::Json nics = {
      {{"name", "eth0"}, {"mac", "02:00:0a:01:01:01"}, {"device", "net_null0"}},
      {{"name", "eth2"}, {"mac", "1e:00:52:00:01:0a"}, {"device", "net_null2"}}};
  std::string line = sample("iso-00-cmdline.txt") + " eth0ip=10.1.0.1 eth0mask=255.255.0.0";
  ApplianceDocument document;
  const auto request = read_request({{"nics", nics}, {"parts", {{{"cmdline", line}}}}});
  if (!request || !apply(*request, document)) std::abort();
  return document;
}

// The request's text to a document whose parts fit together.
ApplianceDocument take(const std::string& body, const ApplianceDocument& before) {
  ApplianceDocument next = before;
  const auto request = read_request(*api::parse_json(body));
  if (!apply(*request, next)) std::abort();
  Directory directory;
  const Documents parts = derive(next);
  if (!compile(parts.packet_path, directory) || !check(parts.guests)) std::abort();
  return next;
}

std::string request_of(const std::string& aggregate) {
  return api::Json{{"parts", {{{"aggregate", aggregate}}}}}.dump();
}

void take_aggregate(benchmark::State& state, const std::string& aggregate) {
  const ApplianceDocument before = waiting();
  const std::string body = request_of(aggregate);
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(take(body, before));
}
BENCHMARK_CAPTURE(take_aggregate, iso_50_boot, sample("iso-50-boot.cfg"))
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(take_aggregate, guests_1000_forwards_500_rules_1000, large_aggregate())
    ->Unit(benchmark::kMillisecond);

// One rule more for a router that has all that.
void take_one_rule(benchmark::State& state) {
  const ApplianceDocument before = take(request_of(large_aggregate()), waiting());
  const api::Json rule = {{"id", 5000},
                          {"src_ip", "203.0.113.12"},
                          {"protocol", "tcp"},
                          {"src_port_range", {22, 22}},
                          {"source_cidr_list", {"0.0.0.0/0"}},
                          {"traffic_type", "Ingress"}};
  const api::Json part = {{"type", "firewallrules"}, {"content", {{"rules", {rule}}}}};
  const std::string body = api::Json{{"parts", {part}}}.dump();
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(take(body, before));
}
BENCHMARK(take_one_rule)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace viaduct::cloudstack
