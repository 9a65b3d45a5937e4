#include "bench/peers/peers.h"

#include <chrono>
#include <filesystem>
#include <iomanip>
#include <sstream>
#include <thread>

#include "base/interrupt.h"
#include "bench/peers/best_load.h"
#include "bench/peers/peer.h"

namespace viaduct::bench {
namespace {

using namespace std::chrono_literals;
using api::Json;

constexpr auto patience = 10s;
constexpr auto settling = 300ms;  // until it listens, or has found that it cannot
// Who is on the verge of being overloaded is not steady, and is offered a little less.
constexpr double step_back = 0.94;
constexpr unsigned most_steps_back = 3;
constexpr std::uint64_t usual_probes = 16;
constexpr std::string_view viaduct_name = "viaduct";

// Somebody who takes part.
struct Entrant {
  std::string name;
  std::string note;
  bool is_router = true;  // else it passes frames on as they are
  std::function<Result<std::unique_ptr<Peer>>(const Contest&)> start;
};

// What all of a group share: the wires between them and the generator.
struct Arena {
  std::string wire;
  double first_load = 0;  // packets per second that anybody can forward
  bool is_memif = false;
  const VethLab* lab = nullptr;
};

class Contests {
 public:
  Contests(const Options& options, const PeersOptions& peers) : options_(options), peers_(peers) {}

  Result<Json> run() {
    TRY(run_veth());
    TRY(run_memif());
    Json result = begin_result("peers", {{"case", name_of(peers_.kind)},
                                         {"frame", peers_.lengths.name()},
                                         {"sessions", peers_.sessions},
                                         {"windows", options_.windows},
                                         {"window_seconds", options_.window_seconds()}});
    result["peers"] = rows_;
    result["noise"] = to_json(noise_.report());
    return result;
  }

 private:
  [[nodiscard]] Case measured() const { return Case{peers_.kind, peers_.sessions, 0}; }

  Result<void> run_veth() {
    const auto macs = TRY(Conversations::make(measured(), {.wan = 0, .lan = 1}));
    const VethLab lab = TRY(VethLab::make(macs.router_mac(0), macs.router_mac(1)));
    const Arena arena{.wire = "veth", .first_load = 100'000, .lab = &lab};
    return run_group(
        arena,
        {{.name = std::string{viaduct_name}, .note = "net_af_packet", .start = start_viaduct},
         {.name = "nftables",
          .note = "the kernel's forwarding, on the core that is Viaduct's else",
          .start = [&](const Contest& contest) { return start_linux(contest, lab); }},
         {.name = "testpmd",
          .note = "net_af_packet, frames as they are",
          .is_router = false,
          .start = start_testpmd}});
  }

  Result<void> run_memif() {
    const Arena arena{.wire = "memif", .first_load = 2'000'000, .is_memif = true};
    std::vector<Entrant> entrants{
        {.name = std::string{viaduct_name}, .note = "net_memif", .start = start_viaduct},
        {.name = "testpmd",
         .note = "net_memif, frames as they are",
         .is_router = false,
         .start = start_testpmd}};
    TRY(run_group(arena, entrants));
    if (peers_.vpp.empty()) {
      rows_.push_back(row_of(arena, {.name = "vpp"}));
      rows_.back()["note"] = "did not take part: no --vpp PATH was given";
      return {};
    }
    return run_group(
        arena, {{.name = "vpp",
                 .note = "memif plugin, nat44-ed, main thread only",
                 .start = [&](const Contest& contest) { return start_vpp(contest, peers_.vpp); }}});
  }

  Result<void> run_group(const Arena& arena, const std::vector<Entrant>& entrants) {
    for (const Entrant& entrant : entrants) {
      Json row = row_of(arena, entrant);
      if (auto measured = measure(arena, entrant, row); !measured) {
        TRY(check_interrupts());
        // Without Viaduct there is nothing to compare with.
        if (entrant.name == viaduct_name) return measured;
        const Error& error = measured.error();
        row["note"] = "failed: " + error.where + (error.where.empty() ? "" : ": ") + error.why;
      }
      rows_.push_back(std::move(row));
    }
    return {};
  }

  [[nodiscard]] Json row_of(const Arena& arena, const Entrant& entrant) const {
    return {{"name", entrant.name},
            {"case", std::string{name_of(peers_.kind)} + " over " + arena.wire},
            {"mpps", nullptr},
            {"cycles_per_packet", nullptr},
            {"cycles_without_driver", nullptr},
            {"ratio_to_viaduct", nullptr},
            {"note", entrant.note}};
  }

  Result<void> measure(const Arena& arena, const Entrant& entrant, Json& row) {
    const auto directory = TRY(PrivateDirectory::make());
    const Wires wires = arena.is_memif ? memif_wires(directory) : arena.lab->wires();
    const Case traffic = entrant.is_router ? measured() : Case{Kind::forward, peers_.sessions, 0};
    const auto peer = TRY(entrant.start({measured(), options_.core, directory, wires}));
    if (arena.is_memif) TRY(wait_for_server(directory, *peer));
    std::this_thread::sleep_for(settling);
    TRY(peer->check());
    const auto ports = TRY(Ports::open(wires.generator));
    TRY(ports->wait_for_link());
    const auto generator = TRY(Generator::make(traffic, {.wires = ports->wires(),
                                                         .buffers = ports->buffers(),
                                                         .lengths = peers_.lengths,
                                                         .burst_seconds = wires.burst_seconds,
                                                         .is_router = entrant.is_router}));
    TRY(generator->open(progress_));
    TRY(measure_at_best(arena.first_load, *generator, *peer, row));
    row["frames_checked"] = generator->checked();
    return {};
  }

  Result<void> measure_at_best(double first_load, Generator& generator, Peer& peer, Json& row) {
    progress_.begin(title_of(row) + ": looking for the best load", usual_probes);
    std::uint64_t probes = 0;
    double load = TRY(best_load(first_load, [&](double rate) {
      progress_.advance(++probes);
      return forwarded(generator, peer, rate);
    }));
    progress_.end();
    std::vector<double> windows = TRY(measure_windows(generator, peer, load, title_of(row)));
    for (unsigned i = 0; i < most_steps_back && !is_steady(windows); ++i) {
      load *= step_back;
      windows = TRY(measure_windows(generator, peer, load, title_of(row)));
    }
    row["offered_mpps"] = load / 1e6;
    conclude(windows, peer, row);
    return {};
  }

  static std::string title_of(const Json& row) {
    return row["name"].get<std::string>() + ", " + row["case"].get<std::string>();
  }

  static bool is_steady(const std::vector<double>& windows) {
    return summarize(windows).spread() <= widest_spread;
  }

  Result<double> forwarded(Generator& generator, Peer& peer, double rate) {
    const auto count = TRY(generator.run({.rate = rate, .seconds = options_.window_seconds()}));
    TRY(peer.check());
    return static_cast<double>(count.received_in_time) / count.seconds;
  }

  Result<std::vector<double>> measure_windows(Generator& generator, Peer& peer, double load,
                                              const std::string& title) {
    std::vector<double> windows;
    peer.begin();
    progress_.begin(title, options_.windows);
    for (unsigned i = 0; i < options_.windows; ++i) {
      noise_.sound();
      windows.push_back(TRY(forwarded(generator, peer, load)) / 1e6);
      progress_.advance(i + 1);
    }
    progress_.end();
    return windows;
  }

  void conclude(const std::vector<double>& windows, Peer& peer, Json& row) {
    const Summary summary = summarize(windows);
    row["throughput_mpps"] = to_json(summary);
    row["windows"] = windows;
    const auto cycles = peer.cycles();
    if (is_steady(windows)) {
      if (cycles) row["cycles_per_packet"] = cycles->all;
      if (cycles && cycles->without_driver) row["cycles_without_driver"] = *cycles->without_driver;
      row["mpps"] = summary.median;
      compare(row);
    } else {
      row["note"] = row["note"].get<std::string>() + "; " + headline(summary, "Mpps");
    }
  }

  void compare(Json& row) {
    if (row["name"] == viaduct_name) row["ratio_to_viaduct"] = 1.0;
    for (const Json& other : rows_) {
      if (other["name"] != viaduct_name || other["case"] != row["case"]) continue;
      if (other["mpps"].is_null()) continue;
      row["ratio_to_viaduct"] = row["mpps"].get<double>() / other["mpps"].get<double>();
    }
  }

  // A memif's client gives up if there is no server yet.
  static Result<void> wait_for_server(const PrivateDirectory& directory, Peer& peer) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!std::filesystem::exists(directory.file("memif"))) {
      TRY(peer.check());
      TRY(check_interrupts());
      if (std::chrono::steady_clock::now() > deadline) {
        return fail(Fault::unavailable, "", "it opens no memif");
      }
      std::this_thread::sleep_for(5ms);
    }
    return {};
  }

  const Options& options_;
  const PeersOptions& peers_;
  Progress progress_;
  NoiseWatch noise_;
  Json rows_ = Json::array();
};

std::string peers_as_text(const Json& result) {
  std::ostringstream text;
  text << std::fixed;
  for (const Json& row : result["peers"]) {
    text << std::left << std::setw(22) << row["case"].get<std::string>() << std::setw(10)
         << row["name"].get<std::string>() << std::right;
    const auto cell = [&](const char* attribute, int width, int digits, const char* unit) {
      text << std::setw(width);
      if (row[attribute].is_null()) {
        text << "-";
      } else {
        text << std::setprecision(digits) << row[attribute].get<double>();
      }
      text << unit;
    };
    cell("mpps", 8, 3, " Mpps");
    cell("cycles_per_packet", 8, 0, " cycles/packet");
    cell("cycles_without_driver", 7, 0, " without driver");
    cell("ratio_to_viaduct", 7, 2, " x");
    text << "  " << row["note"].get<std::string>() << "\n";
  }
  text << "machine: " << result["noise"]["verdict"].get<std::string>() << "\n";
  return text.str();
}

}  // namespace

Result<void> run_peers(const Options& options, const PeersOptions& peers) {
  watch_interrupts();
  TRY(take_core_beside(options));
  Contests contests{options, peers};
  const Json result = TRY(contests.run());
  return finish(options, result, peers_as_text(result));
}

}  // namespace viaduct::bench
