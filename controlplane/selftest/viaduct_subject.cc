#include <sched.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/interrupt.h"
#include "base/private_directory.h"
#include "base/process.h"
#include "controlplane/cli/client.h"
#include "controlplane/selftest/subject.h"

namespace viaduct::selftest {
namespace {

using namespace std::chrono_literals;
using api::Json;

constexpr auto start_patience = 30s;
constexpr const char* router_id = "selftest";

// The first and the last core that we may use.
std::pair<std::size_t, std::size_t> cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  (void)sched_getaffinity(0, sizeof allowed, &allowed);
  std::size_t first = 0;
  while (first < CPU_SETSIZE - 1 && !CPU_ISSET(first, &allowed)) ++first;
  std::size_t last = CPU_SETSIZE - 1;
  while (last > first && !CPU_ISSET(last, &allowed)) --last;
  return {first, last};
}

void set_if(Json& object, const char* name, const std::optional<unsigned>& value) {
  if (value) object[name] = *value;
}

Json network_of(const Terms& terms) {
  Json network{{"mapping", terms.mapping},
               {"filtering", terms.filtering},
               {"hairpin_source", terms.hairpins_as_public ? "public" : "router"}};
  set_if(network, "udp_timeout", terms.udp_timeout);
  set_if(network, "ports_per_guest", terms.ports_per_guest);
  set_if(network, "sessions_per_guest", terms.sessions_per_guest);
  set_if(network, "half_open_per_guest", terms.half_open_per_guest);
  set_if(network, "port_block", terms.port_block);
  return network;
}

Json router_of(const Terms& terms) {
  Json pool = Json::array();
  for (unsigned i = 0; i < terms.public_addresses; ++i) {
    pool.push_back(to_string(plan::router_outside[i]));
  }
  Json outside{{"role", "public"},
               {"port", "public0"},
               {"addresses", {to_string(plan::router_outside[0]) + "/24"}},
               {"unsolicited", terms.rejects_unsolicited ? "reject" : "drop"}};
  set_if(outside, "mtu", terms.outside_mtu);
  Json router{
      {"interfaces",
       {{"guest0",
         {{"role", "guest"},
          {"port", "guest0"},
          {"addresses", {to_string(plan::router_inside) + "/24"}}}},
        {"public0", outside}}},
      {"routes", {{"default", {{"prefix", "0.0.0.0/0"}, {"via", to_string(plan::upstream)}}}}},
      {"source_nats", {{"default", {{"addresses", pool}}}}},
      {"networks", {{"guest0", network_of(terms)}}}};
  if (!terms.forwards) return router;
  const std::string outside_address = to_string(plan::router_outside[0]);
  for (const std::string protocol : {"tcp", "udp"}) {
    router["port_forwards"][protocol] = {{"protocol", protocol},
                                         {"public", outside_address + ":8080"},
                                         {"private", to_string(plan::guest(1)) + ":80"}};
    router["firewall_rules"][protocol] = {
        {"destination", outside_address}, {"protocol", protocol}, {"ports", "8080"}};
  }
  return router;
}

class Viaduct final : public Subject {
 public:
  Viaduct(const Lab& lab, PrivateDirectory directory)
      : lab_(lab), directory_(std::move(directory)), client_(directory_.file("api.sock")) {}

  [[nodiscard]] std::string name() const override { return "Viaduct"; }

  Result<void> start() {
    TRY(write_settings());
    std::error_code problem;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", problem);
    for (const std::string program : {"viaduct-dataplane", "viaductd"}) {
      const auto path = self.parent_path() / program;
      daemons_.push_back(
          TRY(Process::start({path.string(), "--settings", directory_.file("viaduct.ini")},
                             directory_.file(program + ".log"))));
    }
    TRY(eventually([&] { return client_.ask({.method = "GET", .path = "/v1/status"}).has_value(); },
                   "the daemons do not answer"));
    TRY(configure({}));
    return eventually([&] { return ports_are_up(); }, "the ports do not come up");
  }

  Result<void> configure(const Terms& terms) override {
    Json ports = Json::object();
    unsigned number = 0;
    for (const auto interface : {plan::inside_interface, plan::outside_interface}) {
      const std::string name{interface};
      ports[name] = {{"device", "net_af_packet" + std::to_string(number++) + ",iface=" + name},
                     {"namespace", lab_.router()}};
    }
    const Json document{{"ports", ports}, {"routers", {{router_id, router_of(terms)}}}};
    TRY(client_.ask({.method = "PUT",
                     .path = "/v1/config",
                     .body = document.dump(),
                     .headers = {{"Content-Type", "application/json"}}}));
    return {};
  }

  Result<std::optional<std::chrono::seconds>> lifetime(const Tuple& session) override {
    const auto answer = TRY(
        client_.ask({.method = "GET",
                     .path = "/v1/sessions",
                     .query = {{"router", router_id}, {"protocol", to_string(session.protocol)}}}));
    for (const auto& one : answer.at("sessions")) {
      // What answers an ICMP query has no identifier of its own.
      const bool is_it = one.at("source") == to_string(session.source) &&
                         (session.protocol == Protocol::icmp ||
                          one.at("destination") == to_string(session.destination));
      if (is_it) {
        return std::chrono::seconds{one.at("expires_s").get<long>()};
      }
    }
    return std::nullopt;
  }

 private:
  Result<void> write_settings() {
    const auto [main_core, worker_core] = cores();
    std::ofstream file{directory_.file("viaduct.ini")};
    file << "[dataplane]\ncontrol_socket = " << directory_.file("dataplane.sock")
         << "\nstate_directory = " << directory_.file("dataplane") << "\nmain_core = " << main_core
         << "\nworker_cores = " << worker_core
         << "\nmemory_mb = 256\nsessions = 65536\n[control]\nsocket = "
         << directory_.file("api.sock") << "\njournal = " << directory_.file("journal.sqlite")
         << "\n[routers]\nnamespace_prefix = " << lab_.name("subject-") << "\n";
    if (!file.flush()) return fail(Fault::failed, directory_.file("viaduct.ini"), "not written");
    return {};
  }

  template <class Condition>
  Result<void> eventually(const Condition& condition, const char* otherwise) {
    const auto deadline = std::chrono::steady_clock::now() + start_patience;
    while (!condition()) {
      TRY(check_interrupts());
      for (auto& daemon : daemons_) {
        if (!daemon.is_running()) return fail(Fault::failed, "", daemon.last_words());
      }
      if (std::chrono::steady_clock::now() > deadline) {
        return fail(Fault::unavailable, "", otherwise);
      }
      std::this_thread::sleep_for(10ms);
    }
    return {};
  }

  bool ports_are_up() {
    const auto counters = client_.ask({.method = "GET", .path = "/v1/counters"});
    return counters && std::ranges::all_of(counters->at("ports"), [](const Json& port) {
             return port.at("state") == "up";
           });
  }

  const Lab& lab_;
  PrivateDirectory directory_;
  cli::Client client_;
  std::vector<Process> daemons_;
};

}  // namespace

Result<std::unique_ptr<Subject>> start_viaduct(const Lab& lab) {
  auto subject = std::make_unique<Viaduct>(lab, TRY(PrivateDirectory::make()));
  TRY(subject->start());
  return subject;
}

}  // namespace viaduct::selftest
