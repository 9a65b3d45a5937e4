#include "bench/wire/path_over_memif.h"

#include <rte_cycles.h>

#include <chrono>
#include <thread>

#include "bench/wire/pair.h"
#include "dataplane/forwarding.h"

namespace viaduct::bench {
namespace {

using namespace std::chrono_literals;
using api::Json;

// The device's counters at one moment, or what they grew by.
struct Reading {
  double packets = 0;
  double bursts = 0;
  double cycles = 0;
  double receiving = 0;
  double sending = 0;
  double staged = 0;  // packets of bursts that were measured by stage
  std::array<double, Worker::most_stages> stages{};

  static Reading of(const DeviceCounters& counters) {
    // Those of the last packets are published a moment after they came.
    std::this_thread::sleep_for(1ms);
    const auto value = [](const std::atomic<std::uint64_t>& counter) {
      return static_cast<double>(counter.load(std::memory_order_relaxed));
    };
    Reading reading{value(counters.packets),     value(counters.bursts),
                    value(counters.cycles),      value(counters.receive_cycles),
                    value(counters.send_cycles), value(counters.staged_packets)};
    for (std::size_t i = 0; i < reading.stages.size(); ++i) {
      reading.stages[i] = value(counters.stage_cycles[i]);
    }
    return reading;
  }
};

Json stages_between(const Reading& before, const Reading& after) {
  const double packets = after.packets - before.packets;
  const double staged = after.staged - before.staged;
  Json stages = Json::array();
  const auto add = [&](std::string_view name, double cycles, double of) {
    stages.push_back({{"name", name}, {"cycles_per_packet", cycles / of}});
  };
  add("receive", after.receiving - before.receiving, packets);
  for (std::size_t i = 0; i < Forwarding::names.size(); ++i) {
    add(Forwarding::names[i], after.stages[i] - before.stages[i], staged);
  }
  add("send", after.sending - before.sending, packets);
  return stages;
}

}  // namespace

Result<Json> measure_path_over_memif(const Options& options, const PathOptions& path,
                                     Progress& progress) {
  if (path.workers != 1) {
    return fail(Fault::invalid, "--workers", "frames from another process are for one worker");
  }
  TRY(take_core_beside(options));
  auto pair =
      TRY(Pair::make(options, Case{path.kind, path.sessions, path.rules}, path.lengths, progress));
  const Generator::Load load{.seconds = options.window_seconds()};
  TRY(pair.generator->run(load));
  NoiseWatch noise;
  const Reading first = Reading::of(pair.viaduct.counters());
  Reading before = first;
  std::vector<double> windows;
  std::vector<double> received;
  progress.begin("measuring " + std::string{name_of(path.kind)}, options.windows);
  for (unsigned i = 0; i < options.windows; ++i) {
    noise.sound();
    const auto count = TRY(pair.generator->run(load));
    TRY(pair.viaduct.check());
    const Reading after = Reading::of(pair.viaduct.counters());
    windows.push_back((after.cycles - before.cycles) / (after.packets - before.packets));
    received.push_back(static_cast<double>(count.received_in_time) / count.seconds / 1e6);
    before = after;
    progress.advance(i + 1);
  }
  progress.end();
  const Summary cycles = summarize(windows);
  Json result = begin_result("path", path_parameters(options, path));
  result["cycles_per_packet"] = to_json(cycles);
  result["mpps_per_worker"] = static_cast<double>(rte_get_tsc_hz()) / cycles.median / 1e6;
  // What came through; less than the worker is good for if the other process cannot send more.
  result["received_mpps"] = to_json(summarize(received));
  result["packets_per_burst"] = (before.packets - first.packets) / (before.bursts - first.bursts);
  result["stages"] = stages_between(first, before);
  result["frames_checked"] = pair.generator->checked();
  result["noise"] = to_json(noise.report());
  result["windows"] = windows;
  return result;
}

}  // namespace viaduct::bench
