#include "bench/reconfigure.h"

#include <rte_cycles.h>

#include <array>
#include <chrono>
#include <map>
#include <sstream>

#include "base/interrupt.h"
#include "bench/change_series.h"
#include "bench/nobody.h"
#include "bench/paced_traffic.h"
#include "bench/wire/pair.h"
#include "controlplane/control.h"
#include "dataplane/running.h"

namespace viaduct::bench {
namespace {

using api::Json;

constexpr double share = 0.7;  // of the found rate
constexpr std::chrono::seconds quick_limit{40};
constexpr std::array<std::string_view, 2> halves{"203.0.113.0/25", "203.0.113.128/25"};
constexpr std::array<std::string_view, 2> strangers{"203.0.113.10", "203.0.113.200"};
constexpr std::string_view probed = "198.19.240.1";
constexpr std::uint16_t probed_port = 7000;
constexpr std::uint32_t first_probe_target = 10'000;
constexpr std::uint32_t probe_targets = 40'000;

double microseconds(std::uint64_t cycles) {
  return static_cast<double>(cycles) * 1e6 / static_cast<double>(rte_get_tsc_hz());
}

Address numbered(std::uint32_t first, std::uint32_t n) {
  return Address::v4(Be32::of(first + n));
}

Endpoint guest_of(std::uint32_t n, std::uint32_t round) {
  return {Case::guest(n % 10), static_cast<std::uint16_t>(8000 + round % 1000)};
}

port_forward::Rule forward(std::uint32_t n, std::uint32_t round) {
  const auto port = static_cast<std::uint16_t>(1 + n / 100);
  const Endpoint guest = guest_of(n, round);
  port_forward::Rule rule;
  rule.protocol = Protocol::tcp;
  rule.public_endpoint = {numbered(0xc613fa01, n % 100), {port, port}};
  rule.private_endpoint = {guest.address, {guest.port, guest.port}};
  return rule;
}

// One forward and the rule that opens it, both for the half of the strangers whose turn it is. A
// packet that met the one of this round and the other of another would not come through, or one
// would that should not.
void add_probe(Router& router, std::uint32_t round) {
  const Prefix half = parse_prefix(halves[round % 2]).value();
  const Address at = parse_address(probed).value();
  const auto target = static_cast<std::uint16_t>(first_probe_target + round % probe_targets);
  router.of<port_forward::Rule>()["probe"] = {Protocol::udp,
                                              {at, {probed_port, probed_port}},
                                              {Case::guest(0), {target, target}},
                                              {half},
                                              OnRemove::cut};
  router.of<firewall::Rule>()["probe"] = {.destination = Prefix::host(at),
                                          .protocol = Protocol::udp,
                                          .ports = PortRange{probed_port, probed_port},
                                          .sources = {half}};
}

// The document of a round: its rules and the first forwards differ from those of all others.
Document document_of(const Case& measured, const ReconfigureOptions& wanted, std::uint32_t round) {
  Document document = measured.document();
  Router& router = document.routers[Case::router];
  for (std::uint32_t n = 0; n < wanted.standing; ++n) {
    router.of<port_forward::Rule>()["forward-" + std::to_string(n)] =
        forward(n, n < wanted.forwards ? round : 0);
  }
  for (std::uint32_t n = 0; n < wanted.rules; ++n) {
    const auto port = static_cast<std::uint16_t>(1 + (n * 31 + round * 7) % 60'000);
    router.of<firewall::Rule>()["rule-" + std::to_string(n)] = {
        .destination = Prefix::host(numbered(0xc613fa01, n % 100)),
        .protocol = n % 3 == 0 ? Protocol::udp : Protocol::tcp,
        .ports = PortRange{port, static_cast<std::uint16_t>(n % 8 == 0 ? port + 100 : port)}};
  }
  add_probe(router, round);
  return document;
}

// What the control plane's own clock does not see of a change, in microseconds, by phase.
using Phases = std::map<std::string, double>;

// The data plane's part in this process: what its control socket does, and its engine.
class InProcess final : public Dataplane {
 public:
  InProcess(Rig& rig, const std::string& log) : rig_(rig), running_(log, 9000) {}

  Result<Json> ask(const Json& question) override {
    const std::string op = question.value("op", "");
    if (op != "apply" && op != "hold") {
      return Json{{"started_at", 1}, {"revision", running_.revision()}};
    }
    last_ = rte_rdtsc();
    if (op == "apply") acknowledged = last_;
    std::string text = question.dump();
    const Json request = TRY(api::parse_json(text, {.bytes = std::size_t{256} << 20}));
    lap("send");
    auto next = TRY(running_.read(request, std::move(text)));
    if (!rig_.workers().prepare(next.compiled, running_.directory().limit())) {
      return fail(Fault::exhausted, "", "more rules than fit");
    }
    lap("compile");
    if (op == "hold") {
      held_us = phases["send"] + phases["compile"];
      running_.hold(std::move(next));
      return Json::object();
    }
    TRY(running_.remember(next));
    lap("remember");
    running_.accept(std::move(next));
    publish();
    lap("swap");
    return Json{{"generation", generation}};
  }
  Result<std::unique_ptr<RemoteCapture>> capture(const Json& /*question*/) override {
    return fail(Fault::unavailable, "", "not here");
  }

  std::unique_ptr<Published<Snapshot>> snapshots;
  // The round of each generation; written before it is published.
  std::vector<std::uint32_t> rounds = std::vector<std::uint32_t>(1 << 20);
  std::uint32_t round = 0;
  std::uint32_t generation = 1;    // the rig's own
  std::uint64_t acknowledged = 0;  // TSC, when the journal had it
  Phases phases;
  double held_us = 0;  // what of them was done before the journal had it

 private:
  void publish() {
    rounds[++generation] = round;
    auto next = take_snapshot(running_.compiled(), Rig::ports, generation,
                              snapshots == nullptr ? nullptr : &snapshots->current());
    if (snapshots != nullptr) return snapshots->replace(std::move(next));
    snapshots = std::make_unique<Published<Snapshot>>(std::move(next), 1);
    rig_.follow(snapshots->latest(0));
  }
  void lap(const char* name) {
    const std::uint64_t now = rte_rdtsc();
    phases[name] += microseconds(now - std::exchange(last_, now));
  }

  Rig& rig_;
  RunningConfiguration running_;
  std::uint64_t last_ = 0;
};

class Reconfiguration {
 public:
  Reconfiguration(const ReconfigureOptions& wanted, Rig& rig, InProcess& dataplane,
                  Control& control, PacedTraffic& traffic)
      : wanted_(wanted), rig_(rig), dataplane_(dataplane), control_(control), traffic_(traffic) {}

  // Replaces what is to be replaced, adds one forward and removes it.
  Result<void> go_round(std::uint32_t round) {
    const std::string body = write_document(document_of(rig_.measured(), wanted_, round)).dump();
    dataplane_.round = round;
    TRY(make(replaced, [&](ApplianceDocument& next) { return put_text(next, {}, body); }));
    const api::DocumentPath place{"routers", std::string{Case::router}, "port_forwards",
                                  "one-more"};
    const std::string one = api::write(forward(wanted_.standing, round)).dump();
    TRY(make(added, [&](ApplianceDocument& next) { return put_text(next, place, one); }));
    return make(removed, [&](ApplianceDocument& next) { return api::remove(next, place); });
  }

  ChangeSeries replaced{.name = "rules and forwards replaced"};
  ChangeSeries added{.name = "one forward added"};
  ChangeSeries removed{.name = "one forward removed"};

 private:
  static Result<void> put_text(ApplianceDocument& next, const api::DocumentPath& place,
                               const std::string& text) {
    const Json body = TRY(api::parse_json(text));
    return api::put(next, place, body);
  }

  Result<void> make(ChangeSeries& series, const Edit& edit) {
    dataplane_.phases.clear();
    dataplane_.held_us = 0;
    const std::uint64_t lost = traffic_.lost();
    const std::uint64_t lost_to_machine = traffic_.lost_to_machine();
    const std::uint64_t began = rte_rdtsc();
    const Json answer = TRY(control_.change(edit, {}));
    while (traffic_.generation() != dataplane_.generation && traffic_.is_running()) {
    }
    const std::uint64_t effective = traffic_.followed_since();
    for (const auto& [phase, took] : dataplane_.phases) series.phases[phase].push_back(took);
    for (const auto* phase : {"validate", "plan", "journal"}) {
      series.phases[phase].push_back(answer["timing_us"][phase].get<double>());
    }
    // The control plane takes that for a part of its validation.
    series.phases["validate"].back() -= dataplane_.held_us;
    series.effective.push_back(microseconds(effective - dataplane_.acknowledged));
    series.total.push_back(microseconds(effective - began));
    // Every session is judged again when it speaks next, and each does so in one turn.
    const std::uint64_t turn =
        traffic_.taken() + std::uint64_t{2} * rig_.measured().conversations();
    while (traffic_.taken() < turn && traffic_.is_running()) std::this_thread::yield();
    if (!traffic_.is_running()) return traffic_.stop();
    series.lost += traffic_.lost() - lost;
    series.lost_to_machine += traffic_.lost_to_machine() - lost_to_machine;
    return {};
  }

  const ReconfigureOptions& wanted_;
  Rig& rig_;
  InProcess& dataplane_;
  Control& control_;
  PacedTraffic& traffic_;
};

// One packet from either half of the strangers: the one whose turn it is comes through, to the
// target of its round, and the other does not.
PacedTraffic::Check mixture_check(const InProcess& dataplane, std::uint64_t& probes) {
  return [&dataplane, &probes](Rig& rig, const Snapshot& now) -> Result<void> {
    const std::uint32_t round = dataplane.rounds[now.generation()];
    const Endpoint at{parse_address(probed).value(), probed_port};
    std::vector<Tuple> strays;
    strays.reserve(strangers.size());
    for (const std::string_view stranger : strangers) {
      strays.push_back(
          {Protocol::udp,
           {parse_address(stranger).value(), static_cast<std::uint16_t>(1024 + probes % 60'000)},
           at});
    }
    ++probes;
    Tuple expected = strays[round % 2];
    expected.destination = {Case::guest(0),
                            static_cast<std::uint16_t>(first_probe_target + round % probe_targets)};
    const auto left = rig.forward_strays(strays);
    if (left == std::vector{expected}) return {};
    return fail(Fault::invalid, "a packet in round " + std::to_string(round),
                "was judged by a mixture: " + std::to_string(left.size()) + " left" +
                    (left.empty() ? "" : ", as " + to_string(left.front())) + " instead of " +
                    to_string(expected));
  };
}

// What the control plane does most of the time, with nothing changed by it.
Result<void> validate(const std::string& text) {
  const Json body = TRY(api::parse_json(text));
  const Document document = TRY(read_document(body));
  Directory directory;
  TRY(compile(document, directory));
  return {};
}

struct Losses {
  std::uint64_t lost = 0;
  std::uint64_t to_machine = 0;
};

Losses losses_of(const PacedTraffic& traffic) {
  return {traffic.lost(), traffic.lost_to_machine()};
}

// Packets that are lost in a second without a change.
Result<Losses> measure_quiet_second(PacedTraffic& traffic) {
  const Losses before = losses_of(traffic);
  std::this_thread::sleep_for(std::chrono::seconds{1});
  if (!traffic.is_running()) TRY(traffic.stop());
  const Losses after = losses_of(traffic);
  return Losses{after.lost - before.lost, after.to_machine - before.to_machine};
}

std::string as_text(const Json& result) {
  std::ostringstream text;
  const auto time = [&](const Json& summary) {
    text << summary["median"].get<double>() / 1000 << " ms (" << summary["p10"].get<double>() / 1000
         << "-" << summary["p90"].get<double>() / 1000 << ")";
  };
  text << "at " << result["rate_mpps"].get<double>() << " Mpps, " << share * 100
       << " % of the found rate; " << result["lost_in_a_quiet_second"]
       << " packets lost in a second without a change, and "
       << result["lost_to_machine_in_a_quiet_second"] << " while the machine was away\n";
  for (const Json& change : result["changes"]) {
    text << change["name"].get<std::string>() << ", " << change["times"] << " times: ";
    time(change["total_us"]);
    text << " in all, ";
    time(change["effective_us"]);
    text << " from acknowledged to effective; " << change["lost"] << " packets lost, and "
         << change["lost_to_machine"] << " while the machine was away\n";
    for (const auto& [phase, summary] : change["phases_us"].items()) {
      text << "  " << phase << ": ";
      time(summary);
      text << "\n";
    }
  }
  text << "in all, with what flowed between the changes: " << result["taken"] << " packets taken, "
       << result["lost"] << " lost, and " << result["lost_to_machine"]
       << " while the machine was away\n";
  if (result["lost_between_changes"] != 0) {
    text << "  of these, " << result["lost_between_changes"]
         << " where nothing changed: the machine does not keep up, and losses say nothing here\n";
  }
  text << "packets that were looked at for a mixture: " << result["probes"] << "\n"
       << "machine: " << result["noise"]["verdict"].get<std::string>() << "\n";
  return text.str();
}

Result<void> go_rounds(Reconfiguration& changes, std::uint32_t rounds, bool quick,
                       NoiseWatch& noise, Progress& progress) {
  progress.begin("changing the configuration", rounds);
  const auto began = std::chrono::steady_clock::now();
  for (std::uint32_t round = 1; round <= rounds; ++round) {
    TRY(check_interrupts());
    noise.sound();
    TRY(changes.go_round(round));
    progress.advance(round);
    if (quick && std::chrono::steady_clock::now() - began > quick_limit) break;
  }
  progress.end();
  return {};
}

Result<void> begin_with(Control& control, const std::string& body) {
  const Json initial = TRY(api::parse_json(body));
  const auto put = [&](ApplianceDocument& next) { return api::put(next, {}, initial); };
  TRY(control.change(put, {}));
  return {};
}

}  // namespace

Result<void> run_reconfigure(const Options& options, const ReconfigureOptions& wanted) {
  if (wanted.forwards > wanted.standing) {
    return fail(Fault::invalid, "--forwards", "more than there are in all, see --standing");
  }
  watch_interrupts();
  const auto folder = TRY(PrivateDirectory::make());
  const Case measured{Kind::nat_firewall, wanted.sessions, 0};
  const auto rig = TRY(Rig::make(measured, {.spare_sessions = 1024}));
  InProcess dataplane{*rig, folder.file("running.log")};
  NoKernel kernel;
  NoGuestServices guest_services;
  Journal journal = TRY(Journal::open(folder.file("journal.sqlite")));
  const auto control = TRY(Control::open({journal, dataplane, guest_services, kernel}, {}));
  const std::string body = write_document(document_of(measured, wanted, 0)).dump();
  TRY(begin_with(*control, body));
  Progress progress;
  TRY(rig->open(wanted.sessions, progress));
  TRY(rig->shuffle());
  std::uint64_t probes = 0;
  TRY(take_core_beside(options));  // for the control plane
  PacedTraffic traffic{*rig, *dataplane.snapshots, options.core, mixture_check(dataplane, probes)};
  TRY(traffic.start(share, [&] { (void)validate(body); }));
  const Losses quiet = TRY(measure_quiet_second(traffic));
  Reconfiguration changes{wanted, *rig, dataplane, *control, traffic};
  NoiseWatch noise;
  TRY(go_rounds(changes, wanted.changes, options.quick, noise, progress));
  TRY(traffic.stop());
  Json result = begin_result("reconfigure", {{"rules", wanted.rules},
                                             {"forwards", wanted.forwards},
                                             {"standing_forwards", wanted.standing},
                                             {"sessions", wanted.sessions},
                                             {"changes", wanted.changes},
                                             {"share_of_found_rate", share},
                                             {"ring", PacedTraffic::ring}});
  result["rate_mpps"] = share * traffic.found_rate() / 1e6;
  result["phases_us"] = phases_as_json(changes.replaced);
  result["effective_us"] = events_as_json(changes.replaced.effective);
  result["taken"] = traffic.taken();
  result["lost"] = traffic.lost();
  result["lost_between_changes"] =
      traffic.lost() - changes.replaced.lost - changes.added.lost - changes.removed.lost;
  result["lost_at_the_ring"] = traffic.overflowed();
  result["lost_to_machine"] = traffic.lost_to_machine();
  result["lost_in_a_quiet_second"] = quiet.lost;
  result["lost_to_machine_in_a_quiet_second"] = quiet.to_machine;
  result["probes"] = probes;
  result["changes"] = {to_json(changes.replaced), to_json(changes.added), to_json(changes.removed)};
  result["noise"] = to_json(noise.report());
  return finish(options, result, as_text(result));
}

}  // namespace viaduct::bench
