#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "api/json.h"
#include "api/settings.h"
#include "base/published.h"
#include "dataplane/core/worker.h"
#include "dataplane/running.h"
#include "dataplane/runtime/devices.h"
#include "dataplane/runtime/loop.h"
#include "dataplane/runtime/taps.h"

namespace viaduct::runtime {

// The whole packet path of one process: devices, TAPs, the worker and its configuration. What the
// control socket asks for is a member function here. Safe to call from any thread; one call at a
// time does its work.
class Engine {
 public:
  // REQUIRES: EAL runs.
  static Result<std::unique_ptr<Engine>> start(const Settings& settings, bool huge_pages);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Takes up the configuration that was applied last, if there is one.
  void resume();
  // Looks for devices that were missing. To be called every second or so.
  void attend();

  // Makes what `request` tells the configuration, remembers it on disk as `text`, and returns when
  // the worker follows it; see RunningConfiguration. A device that does not open is told of, but is
  // no error.
  Result<api::Json> apply(const api::Json& request, std::string text);
  // Does all of that which can be done before it is certain that it will be asked for.
  Result<api::Json> hold(const api::Json& request, std::string text);
  api::Json hello();
  api::Json counters();
  Result<api::Json> sessions(const api::Json& filter);
  Result<api::Json> explain(const api::Json& request);
  Result<api::Json> impact(const api::Json& request);

  // Begins and ends a capture; one at a time.
  Result<void> begin_capture(Capture& capture);
  void end_capture();
  // The slots of the interfaces that a request names; none given means all.
  Result<std::vector<Slot>> slots_of(const api::Json& request);

 private:
  Engine(const Settings& settings, rte_mempool* buffers, std::unique_ptr<Taps> taps,
         usage::File usage, bool huge_pages);

  // A configuration that is only looked at.
  struct Candidate {
    explicit Candidate(RunningConfiguration& beside) : running(beside) {}
    ~Candidate() { running.drop(); }
    Candidate(const Candidate&) = delete;
    Candidate& operator=(const Candidate&) = delete;
    RunningConfiguration& running;
    std::unique_ptr<Snapshot> snapshot;
  };
  Result<std::unique_ptr<Candidate>> compile_candidate(const api::Json& request);
  // What a request leads to, and the worker has room for.
  Result<RunningConfiguration::Next> read(const api::Json& request, std::string text);
  void take_up(RunningConfiguration::Next next);
  // Whether a public address that was never metered gets its counters.
  enum class Metering : bool { look_up, make };
  std::unique_ptr<Snapshot> take_snapshot(const Configuration& configuration,
                                          std::uint32_t generation, Metering metering);
  // Says whether anything changed.
  bool attach_devices();
  void publish();
  void announce(const std::vector<std::pair<Slot, Address>>& fresh);
  [[nodiscard]] api::Json write_ports() const;
  void on_worker(const Loop::Task& task) { loop_.run_on_worker(task); }

  Settings settings_;
  RunningConfiguration running_;
  rte_mempool* buffers_;
  std::unique_ptr<Taps> taps_;
  usage::File usage_;
  Worker worker_;
  Published<Snapshot> snapshots_;
  Loop loop_;
  Devices devices_;
  std::uint32_t generation_ = 0;
  std::int64_t started_at_;
  std::mutex mutex_;
};

}  // namespace viaduct::runtime
