#include "bench/path.h"

#include <rte_cycles.h>

#include <algorithm>
#include <atomic>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <thread>

#include "base/interrupt.h"
#include "bench/rig.h"
#include "bench/wire/path_over_memif.h"

namespace viaduct::bench {
namespace {

using api::Json;

// What one worker measured in one window.
struct Window {
  double cycles_per_packet = 0;
  std::optional<double> instructions_per_packet;
};

struct Lane {
  std::unique_ptr<Rig> rig;
  std::vector<Window> windows;
  std::vector<StageCounters> stages;  // of all windows
  NoiseWatch::Report noise;
  Result<void> outcome;
};

// Binds the calling thread to a worker's core.
Result<void> pin_to_worker(const Options& options, std::size_t worker) {
  if (pin_to(options.core + static_cast<unsigned>(worker))) return {};
  if (worker == 0) return fail(Fault::invalid, "--core", "there is no such core");
  return fail(Fault::invalid, "--workers", "there are not that many cores from --core on");
}

Result<Window> measure_window(Rig& rig, const PathOptions& path, double seconds,
                              const InstructionCounter& instructions) {
  const auto end =
      rte_rdtsc() + static_cast<std::uint64_t>(seconds * static_cast<double>(rte_get_tsc_hz()));
  std::uint64_t cycles = 0;
  std::uint64_t packets = 0;
  std::uint64_t counted = 0;
  for (unsigned batch = 0; rte_rdtsc() < end; ++batch) {
    rig.write_batch(path.lengths);
    const auto before = instructions.read();
    cycles += rig.forward_batch();
    if (before) counted += *instructions.read() - *before;
    packets += Rig::batch_size;
    if (batch % path.check_each == 0) TRY(rig.check_batch());
  }
  Window window{static_cast<double>(cycles) / static_cast<double>(packets), std::nullopt};
  if (counted != 0) {
    window.instructions_per_packet = static_cast<double>(counted) / static_cast<double>(packets);
  }
  return window;
}

Result<void> measure_lane(Lane& lane, const Options& options, const PathOptions& path,
                          std::atomic<unsigned>& windows_done) {
  const InstructionCounter instructions;
  Rig& rig = *lane.rig;
  // Warm up: what a window measures must not depend on the one before it.
  TRY(measure_window(rig, path, options.window_seconds(), instructions));
  NoiseWatch noise;
  rig.worker().stages = {};
  for (unsigned i = 0; i < options.windows; ++i) {
    TRY(check_interrupts());
    noise.sound();
    lane.windows.push_back(TRY(measure_window(rig, path, options.window_seconds(), instructions)));
    ++windows_done;
  }
  lane.stages.assign(rig.worker().stages.begin(),
                     rig.worker().stages.begin() + Forwarding::names.size());
  lane.noise = noise.report();
  if (const auto strangers = rig.worker().totals.handed_over; strangers != 0) {
    return fail(Fault::invalid, "", std::to_string(strangers) + " packets were another worker's");
  }
  if (rig.lost() != 0) {
    return fail(Fault::invalid, "", std::to_string(rig.lost()) + " packets were lost");
  }
  return {};
}

void run_lanes(std::vector<Lane>& lanes, const Options& options, const PathOptions& path,
               Progress& progress) {
  std::atomic<unsigned> windows_done = 0;
  std::atomic<std::size_t> running = lanes.size();
  progress.begin("measuring " + std::string{name_of(path.kind)}, options.windows * lanes.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    threads.emplace_back([&, i] {
      lanes[i].outcome = pin_to_worker(options, i);
      if (lanes[i].outcome) lanes[i].outcome = measure_lane(lanes[i], options, path, windows_done);
      --running;
    });
  }
  while (running != 0) {
    progress.advance(windows_done);
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
  for (std::thread& thread : threads) thread.join();
  progress.end();
}

Json stages_of(const std::vector<Lane>& lanes) {
  // Only some bursts are measured by stage; their packets all pass the first one.
  std::uint64_t packets = 0;
  for (const Lane& lane : lanes) packets += lane.stages.front().packets;
  Json stages = Json::array();
  for (std::size_t s = 0; s < Forwarding::names.size(); ++s) {
    std::uint64_t cycles = 0;
    for (const Lane& lane : lanes) cycles += lane.stages[s].cycles;
    stages.push_back(
        {{"name", Forwarding::names[s]},
         {"cycles_per_packet", static_cast<double>(cycles) / static_cast<double>(packets)}});
  }
  return stages;
}

// The windows of several workers, one after the other.
std::vector<double> cycles_of(const std::vector<Lane>& lanes) {
  std::vector<double> all;
  for (const Lane& lane : lanes) {
    for (const Window& window : lane.windows) all.push_back(window.cycles_per_packet);
  }
  return all;
}

// Empty where the machine does not count them.
std::vector<double> instructions_of(const std::vector<Lane>& lanes) {
  std::vector<double> all;
  for (const Lane& lane : lanes) {
    for (const Window& window : lane.windows) {
      if (window.instructions_per_packet) all.push_back(*window.instructions_per_packet);
    }
  }
  return all;
}

NoiseWatch::Report worst_noise(const std::vector<Lane>& lanes) {
  NoiseWatch::Report worst = lanes.front().noise;
  for (const Lane& lane : lanes) {
    if (lane.noise.reference_spread > worst.reference_spread) worst = lane.noise;
  }
  return worst;
}

std::string as_text(const Json& result, const Summary& cycles) {
  std::ostringstream text;
  const Json& parameters = result["parameters"];
  text << parameters["case"].get<std::string>() << ", " << length_as_text(parameters) << ", ";
  if (parameters["case"] != name_of(Kind::forward)) {
    text << parameters["sessions"] << " sessions, " << parameters["rules"] << " rules, ";
  }
  text << parameters["workers"] << " worker(s), via " << parameters["via"].get<std::string>()
       << ": " << headline(cycles, "cycles/packet");
  text << std::fixed << std::setprecision(1);
  if (cycles.spread() <= widest_spread) {
    text << ", " << result["mpps_per_worker"].get<double>() << " Mpps per worker";
  }
  text << "\n";
  if (result.contains("instructions_per_packet")) {
    text << "  instructions        " << std::setw(7)
         << result["instructions_per_packet"]["median"].get<double>() << "\n";
  }
  for (const Json& stage : result["stages"]) {
    const double share = stage["cycles_per_packet"];
    if (share < 0.05) continue;
    text << "  " << std::left << std::setw(20) << stage["name"].get<std::string>() << std::right
         << std::setw(7) << share << "\n";
  }
  text << "  machine: " << result["noise"]["verdict"].get<std::string>() << "\n";
  return text.str();
}

}  // namespace

Json path_parameters(const Options& options, const PathOptions& path) {
  return {{"case", name_of(path.kind)},
          {"frame", path.lengths.name()},
          {"sessions", path.sessions},
          {"rules", path.rules},
          {"workers", path.workers},
          {"via", path.via == Via::memif ? "memif" : "memory"},
          {"protocol", to_string(path.protocol)},
          {"windows", options.windows},
          {"window_seconds", options.window_seconds()}};
}

Result<Json> measure_path(const Options& options, const PathOptions& path, Progress& progress) {
  for (unsigned i = 0; i < path.workers; ++i) TRY(pin_to_worker(options, i));
  std::vector<Lane> lanes(path.workers);
  const Case measured{path.kind, path.sessions, path.rules};
  auto rigs = TRY(Rig::make_all(measured, {.protocol = path.protocol}, path.workers));
  for (unsigned i = 0; i < path.workers; ++i) {
    TRY(pin_to_worker(options, i));
    lanes[i].rig = std::move(rigs[i]);
    TRY(lanes[i].rig->open(path.sessions, progress));
    TRY(lanes[i].rig->shuffle());
  }
  run_lanes(lanes, options, path, progress);
  std::uint64_t checked = 0;
  for (const Lane& lane : lanes) {
    if (!lane.outcome) return tl::unexpected<Error>{lane.outcome.error()};
    checked += lane.rig->checked();
  }
  const Summary cycles = summarize(cycles_of(lanes));
  Json result = begin_result("path", path_parameters(options, path));
  result["cycles_per_packet"] = to_json(cycles);
  result["mpps_per_worker"] = static_cast<double>(rte_get_tsc_hz()) / cycles.median / 1e6;
  result["stages"] = stages_of(lanes);
  result["frames_checked"] = checked;
  result["noise"] = to_json(worst_noise(lanes));
  result["windows"] = cycles_of(lanes);
  result["bytes_per_session"] = lanes.front().rig->bytes_per_session();
  result["share_on_huge_pages"] = lanes.front().rig->share_on_huge_pages();
  if (const auto counted = instructions_of(lanes); !counted.empty()) {
    result["instructions_per_packet"] = to_json(summarize(counted));
  }
  return result;
}

Result<void> run_path(const Options& options, const PathOptions& path) {
  watch_interrupts();
  Progress progress;
  const Json result = TRY(path.via == Via::memif ? measure_path_over_memif(options, path, progress)
                                                 : measure_path(options, path, progress));
  const Summary cycles = summarize(result["windows"].get<std::vector<double>>());
  TRY(finish(options, result, as_text(result, cycles)));
  if (path.guard == 0) return {};
  // The best window, since a busy machine makes packets dearer and never cheaper; and as steps of a
  // fixed loop, since machines differ.
  const auto windows = result["windows"].get<std::vector<double>>();
  const double best = *std::ranges::min_element(windows);
  const double steps = best / result["noise"]["reference_cycles_per_step"].get<double>();
  std::ostringstream ratio;
  ratio << std::fixed << std::setprecision(1) << steps << " steps of the reference loop";
  if (steps > path.guard) {
    return fail(Fault::exhausted, "", "a packet takes " + ratio.str() + ": too many");
  }
  std::cout << "  guard: " << ratio.str() << "\n";
  return {};
}

}  // namespace viaduct::bench
