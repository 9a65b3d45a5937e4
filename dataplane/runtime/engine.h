#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "api/json.h"
#include "api/settings.h"
#include "base/published.h"
#include "dataplane/core/invariants.h"
#include "dataplane/core/workers.h"
#include "dataplane/running.h"
#include "dataplane/runtime/devices.h"
#include "dataplane/runtime/judgement.h"
#include "dataplane/runtime/loop.h"
#include "dataplane/runtime/taps.h"

namespace viaduct::runtime {

// The whole packet path of one process: devices, TAPs, the workers and their configuration. What
// the control socket asks for is a member function here. Safe to call from any thread; one call at
// a time does its work.
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
         usage::File usage);
  // Makes the workers and lets them begin.
  Result<void> start_workers(bool huge_pages);

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
  // What a request leads to, and the workers have room for.
  Result<RunningConfiguration::Next> read(const api::Json& request, std::string text);
  void take_up(RunningConfiguration::Next next);
  // Whether a public address that was never metered gets its counters.
  enum class Metering : bool { look_up, make };
  std::unique_ptr<Snapshot> take_snapshot(const Configuration& configuration,
                                          std::uint32_t generation, Metering metering);
  // Says whether anything changed.
  bool attach_devices();
  void publish();
  // Looks at a few sessions of a worker, and has it look at its next frames. On the worker.
  void look_at(Worker& worker, const Snapshot& now);
  // Whether the tables in force are those that the document alone leads to. Now and then, since it
  // takes as long as compiling all of it.
  void look_at_tables();
  void announce(const std::vector<std::pair<Slot, Address>>& fresh);
  [[nodiscard]] api::Json write_ports() const;
  // Runs `task` on one worker between two bursts, or on one after the other.
  void on_worker(std::size_t index, const Loop::Task& task) { loops_[index]->run_on_worker(task); }
  void on_each_worker(const Loop::Task& task) {
    for (const auto& loop : loops_) loop->run_on_worker(task);
  }
  // Walks a frame through the stages of the worker whose it is.
  Trace explain_frame(const Snapshot& snapshot, rte_mbuf* frame, bool as_new);

  Settings settings_;
  RunningConfiguration running_;
  rte_mempool* buffers_;
  std::unique_ptr<Taps> taps_;
  usage::File usage_;
  Published<Snapshot> snapshots_;
  Queues queues_;
  std::unique_ptr<Workers> workers_;
  std::vector<std::unique_ptr<Loop>> loops_;  // of each worker
  // What must always hold: of each worker, and of the tables.
  std::vector<SessionCheck> session_checks_;
  std::vector<ExplainCheck> explain_checks_;
  std::uint64_t other_tables_ = 0;
  std::uint32_t tables_looked_at_ = 0;  // generation
  std::chrono::steady_clock::time_point next_look_at_tables_;
  Devices devices_;
  std::uint32_t generation_ = 0;
  bool is_capturing_ = false;
  std::int64_t started_at_;
  std::mutex mutex_;
};

}  // namespace viaduct::runtime
