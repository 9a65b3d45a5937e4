#include "bench/reconfigure.h"

#include <rte_cycles.h>

#include <chrono>
#include <sstream>

#include "base/interrupt.h"
#include "bench/change_series.h"
#include "bench/in_process.h"
#include "bench/nobody.h"
#include "bench/paced_traffic.h"
#include "bench/rounds.h"
#include "bench/statistics.h"
#include "bench/wire/pair.h"

namespace viaduct::bench {
namespace {

using api::Json;

constexpr double share = 0.7;  // of the found rate
constexpr std::chrono::seconds quick_limit{40};

// One control plane with its journal and its data plane.
class Management {
 public:
  static Result<std::unique_ptr<Management>> make(Rig& rig, InProcess::Follower follower,
                                                  const std::string& place) {
    std::unique_ptr<Management> made{
        new Management{rig, follower, TRY(Journal::open(place + ".sqlite")), place + ".log"}};
    made->control_ = TRY(Control::open(
        {made->journal_, made->dataplane_, made->guest_services_, made->kernel_}, {}));
    return made;
  }

  [[nodiscard]] Control& control() { return *control_; }
  [[nodiscard]] InProcess& dataplane() { return dataplane_; }

 private:
  Management(Rig& rig, InProcess::Follower follower, Journal journal, const std::string& log)
      : journal_(std::move(journal)), dataplane_(rig, follower, log) {}

  Journal journal_;
  InProcess dataplane_;
  NoKernel kernel_;
  NoGuestServices guest_services_;
  std::unique_ptr<Control> control_;
};

std::string text_of_round(const Case& measured, const ReconfigureOptions& wanted,
                          std::uint32_t round) {
  return write_document(document_of_round(measured, wanted, round)).dump();
}

Result<void> put_text(ApplianceDocument& next, const api::DocumentPath& place,
                      const std::string& text) {
  const Json body = TRY(api::parse_json(text));
  return api::put(next, place, body);
}

// Makes changes one after the other. Each is rehearsed: another control plane, whose snapshots
// nobody follows, does the same work right before it or right after, in turns. What is lost then,
// following the change has not lost.
class Reconfiguration {
 public:
  Reconfiguration(const ReconfigureOptions& wanted, Rig& rig, Management& real,
                  Management& rehearsal, PacedTraffic& traffic)
      : wanted_(wanted), rig_(rig), real_(real), rehearsal_(rehearsal), traffic_(traffic) {}

  // Replaces what is to be replaced, adds one forward and removes it. Before, the rate is found
  // anew, since a shared machine is not always as fast, and the control planes do what they do when
  // nobody waits for them.
  Result<void> go_round(std::uint32_t round) {
    const std::string body = text_of_round(rig_.measured(), wanted_, round);
    is_change_first_ = round % 2 == 1;
    TRY(traffic_.find_rate([&] { (void)text_of_round(rig_.measured(), wanted_, round); }));
    for (Management* management : {&real_, &rehearsal_}) management->control().attend();
    real_.dataplane().round = round;
    TRY(make(replaced, [&](ApplianceDocument& next) { return put_text(next, {}, body); }));
    const api::DocumentPath place{"routers", std::string{Case::router}, "port_forwards",
                                  "one-more"};
    const std::string one = api::write(forward_of_round(wanted_.standing, round)).dump();
    TRY(make(added, [&](ApplianceDocument& next) { return put_text(next, place, one); }));
    return make(removed, [&](ApplianceDocument& next) { return api::remove(next, place); });
  }

  ChangeSeries replaced{.name = "rules and forwards replaced"};
  ChangeSeries added{.name = "one forward added"};
  ChangeSeries removed{.name = "one forward removed"};

 private:
  Result<void> make(ChangeSeries& series, const Edit& edit) {
    const auto change_it = [&] { return change(series, edit); };
    const auto rehearse_it = [&] { return rehearse(series, edit); };
    if (is_change_first_) TRY(count_losses(series.lost, change_it));
    TRY(count_losses(series.rehearsed, rehearse_it));
    if (!is_change_first_) TRY(count_losses(series.lost, change_it));
    return {};
  }

  Result<void> rehearse(ChangeSeries& series, const Edit& edit) {
    const std::uint64_t began = rte_rdtsc();
    TRY(rehearsal_.control().change(edit, {}));
    series.rehearsals.push_back(microseconds(rte_rdtsc() - began));
    return {};
  }

  Result<void> change(ChangeSeries& series, const Edit& edit) {
    InProcess& dataplane = real_.dataplane();
    dataplane.phases.clear();
    dataplane.held_us = 0;
    const std::uint64_t began = rte_rdtsc();
    const Json answer = TRY(real_.control().change(edit, {}));
    while (traffic_.generation() != dataplane.generation && traffic_.is_running()) {
    }
    series.followed.push_back(microseconds(traffic_.follow_cost()));
    if (!is_change_first_) return {};
    const std::uint64_t effective = traffic_.followed_since();
    for (const auto& [phase, took] : dataplane.phases) series.phases[phase].push_back(took);
    for (const auto* phase : {"validate", "plan", "journal"}) {
      series.phases[phase].push_back(answer["timing_us"][phase].get<double>());
    }
    // The control plane takes that for a part of its validation.
    series.phases["validate"].back() -= dataplane.held_us;
    series.effective.push_back(microseconds(effective - dataplane.acknowledged));
    series.total.push_back(microseconds(effective - began));
    return {};
  }

  // While something is done, and thereafter until each session has spoken: those that may have lost
  // what they relied on are judged again then, and the others a few at a time, also later.
  Result<void> count_losses(Losses& losses, const std::function<Result<void>()>& done) {
    TRY(check_interrupts());
    const std::uint64_t lost = traffic_.lost();
    const std::uint64_t to_machine = traffic_.lost_to_machine();
    TRY(done());
    const std::uint64_t turn =
        traffic_.taken() + std::uint64_t{2} * rig_.measured().conversations() + 4 * Rig::batch_size;
    while (traffic_.taken() < turn && traffic_.is_running()) std::this_thread::yield();
    if (!traffic_.is_running()) return traffic_.stop();
    losses.lost.push_back(traffic_.lost() - lost);
    losses.to_machine.push_back(traffic_.lost_to_machine() - to_machine);
    losses.since_followed.push_back(traffic_.turn_losses());
    losses.cycles_per_packet.push_back(traffic_.turn_cost());
    return {};
  }

  const ReconfigureOptions& wanted_;
  Rig& rig_;
  Management& real_;
  Management& rehearsal_;
  PacedTraffic& traffic_;
  bool is_change_first_ = true;
};

// One packet from either half of the strangers: the one whose turn it is comes through, to the
// target of its round, and the other does not.
PacedTraffic::Check mixture_check(const InProcess& dataplane, std::uint64_t& probes) {
  return [&dataplane, &probes](Rig& rig, const Snapshot& now) -> Result<void> {
    const std::uint32_t round = dataplane.rounds[now.generation()];
    const Probe probe =
        probe_of_round(round, static_cast<std::uint16_t>(1024 + probes / 2 % 60'000));
    probes += probe.sent.size();
    const auto left = rig.forward_strays(probe.sent);
    if (left == std::vector{probe.leaves}) return {};
    return fail(Fault::invalid, "a packet in round " + std::to_string(round),
                "was judged by a mixture: " + std::to_string(left.size()) + " left" +
                    (left.empty() ? "" : ", as " + to_string(left.front())) + " instead of " +
                    to_string(probe.leaves));
  };
}

std::string lost_as_text(const Json& losses) {
  std::ostringstream text;
  text << losses["lost"] << " packets lost in " << losses["times_with_loss"] << " of them, and "
       << losses["lost_to_machine"] << " while the machine was away\n";
  return text.str();
}

std::string difference_as_text(const Json& difference) {
  std::ostringstream text;
  text.precision(4);
  text << difference["mean"].get<double>() << " packets more than its rehearsal ("
       << difference["low"].get<double>() << " to " << difference["high"].get<double>()
       << " with 95 %)";
  return text.str();
}

std::string turn_as_text(const Json& change) {
  const auto packets = [](const Json& losses) {
    const Json& since = losses["lost_since_followed"];
    return since["packets"].dump() + " packets in " + since["times"].dump() + " of them";
  };
  return "  until each session had spoken after it was followed: lost " + packets(change) +
         ", and rehearsed " + packets(change["rehearsed"]) + ": each " +
         difference_as_text(change["lost_more_since_followed"]) + "\n";
}

std::string changes_as_text(const Json& result) {
  std::ostringstream text;
  text.precision(4);
  const auto time = [&](const Json& summary) {
    text << summary["median"].get<double>() / 1000 << " ms (" << summary["p10"].get<double>() / 1000
         << "-" << summary["p90"].get<double>() / 1000 << ")";
  };
  const Json& rate = result["rate_mpps"];
  text << "at " << rate["median"].get<double>() << " Mpps (" << rate["p10"].get<double>() << "-"
       << rate["p90"].get<double>() << "), " << share * 100
       << " % of what was found before each round\n";
  for (const Json& change : result["changes"]) {
    text << change["name"].get<std::string>() << ", " << change["times"] << " times: ";
    time(change["total_us"]);
    text << " in all, ";
    time(change["effective_us"]);
    text << " from acknowledged to effective; " << lost_as_text(change)
         << "  rehearsed, so that nobody followed: " << lost_as_text(change["rehearsed"])
         << "  each lost " << difference_as_text(change["lost_more_than_rehearsed"])
         << ", whoever took them\n"
         << turn_as_text(change) << "  the worker began with it in "
         << change["follow_us"]["median"].get<double>() << " us; a packet took "
         << change["cycles_per_packet_thereafter"]["median"].get<double>()
         << " cycles thereafter, and "
         << change["rehearsed"]["cycles_per_packet_thereafter"]["median"].get<double>()
         << " after the rehearsal\n";
    for (const auto& [phase, summary] : change["phases_us"].items()) {
      text << "  " << phase << ": ";
      time(summary);
      text << "\n";
    }
  }
  text << "in all, with what flowed between the changes: " << result["taken"] << " packets taken, "
       << result["lost"] << " lost, and " << result["lost_to_machine"]
       << " while the machine was away: " << result["stalls"]["times"]
       << " batches of more than 1000 cycles a packet, "
       << result["stalls"]["seconds"].get<double>() << " s in all\n"
       << "packets that were looked at for a mixture: " << result["probes"] << "\n"
       << "machine: " << result["noise"]["verdict"].get<std::string>() << "\n";
  return text.str();
}

Result<void> go_rounds(Reconfiguration& changes, std::uint32_t rounds, bool quick,
                       Progress& progress) {
  progress.begin("changing the configuration", rounds);
  const auto began = std::chrono::steady_clock::now();
  for (std::uint32_t round = 1; round <= rounds; ++round) {
    TRY(check_interrupts());
    TRY(changes.go_round(round));
    progress.advance(round);
    if (quick && std::chrono::steady_clock::now() - began > quick_limit) break;
  }
  progress.end();
  return {};
}

Json rates_as_json(std::vector<double> rates) {
  for (double& rate : rates) rate *= share / 1e6;
  return events_as_json(rates);
}

// What there is before the first round.
Result<void> begin(Management& management, const std::string& body) {
  TRY(management.control().change([&](ApplianceDocument& next) { return put_text(next, {}, body); },
                                  {}));
  return {};
}

}  // namespace

Result<void> run_reconfigure(const Options& options, const ReconfigureOptions& wanted) {
  if (wanted.forwards > wanted.standing) {
    return fail(Fault::invalid, "--forwards", "more than there are in all, see --standing");
  }
  watch_interrupts();
  const auto folder = TRY(PrivateDirectory::make());
  const Case measured{Kind::mix, wanted.sessions, 0};
  const auto rig = TRY(Rig::make(measured, {.spare_sessions = 1024}));
  using Follower = InProcess::Follower;
  const auto real = TRY(Management::make(*rig, Follower::worker, folder.file("real")));
  const auto rehearsal = TRY(Management::make(*rig, Follower::nobody, folder.file("rehearsal")));
  Progress progress;
  std::uint64_t probes = 0;
  const std::string body = text_of_round(measured, wanted, 0);
  TRY(begin(*real, body));
  TRY(begin(*rehearsal, body));
  TRY(rig->open(wanted.sessions, progress));
  TRY(rig->shuffle());
  TRY(take_core_beside(options));  // for the control planes
  PacedTraffic traffic{*rig, *real->dataplane().snapshots, options.core, share,
                       mixture_check(real->dataplane(), probes)};
  rehearsal->dataplane().publishing = [&] { traffic.begin_turn(); };
  Reconfiguration changes{wanted, *rig, *real, *rehearsal, traffic};
  TRY(go_rounds(changes, wanted.changes, options.quick, progress));
  TRY(traffic.stop());
  Json result = begin_result("reconfigure", {{"case", name_of(measured.kind())},
                                             {"rules", wanted.rules},
                                             {"forwards", wanted.forwards},
                                             {"standing_forwards", wanted.standing},
                                             {"sessions", wanted.sessions},
                                             {"changes", wanted.changes},
                                             {"quick", options.quick},
                                             {"share_of_found_rate", share},
                                             {"ring", ArrivalRing::capacity}});
  result["rate_mpps"] = rates_as_json(traffic.found_rates());
  result["phases_us"] = phases_as_json(changes.replaced);
  result["effective_us"] = events_as_json(changes.replaced.effective);
  result["taken"] = traffic.taken();
  result["lost"] = traffic.lost();
  result["lost_at_the_ring"] = traffic.overflowed();
  result["lost_to_machine"] = traffic.lost_to_machine();
  result["stalls"] = {{"times", traffic.stalls()}, {"seconds", traffic.stalled()}};
  result["probes"] = probes;
  result["changes"] = {to_json(changes.replaced), to_json(changes.added), to_json(changes.removed)};
  result["noise"] = to_json(traffic.noise());
  return finish(options, result, changes_as_text(result));
}

}  // namespace viaduct::bench
