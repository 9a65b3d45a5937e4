#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "api/json.h"
#include "dataplane/core/invariants.h"
#include "dataplane/core/worker.h"

// What the engine knows, as JSON for the control socket.
namespace viaduct::runtime {

// A copy of workers' counts, of each at one moment between two bursts of its own.
struct Reading {
  struct OfWorker {
    PacketTotals totals;
    std::size_t live = 0;
    std::size_t held = 0;
  };
  std::vector<OfWorker> workers;
  // Of all of them:
  SessionTotals session_totals;
  HelperTotals helper_totals;
  std::size_t expected = 0;  // sessions that were announced, and did not come yet
  DropCounts drops{};
  std::array<StageCounters, Worker::most_stages> stages{};
  std::size_t limit = 0;
  std::uint32_t most_of_a_guest = 0;  // live sessions
  std::uint64_t shared_endpoints = 0;
  std::uint64_t crossed_routers = 0;
  std::uint64_t mixed_bursts = 0;
  std::uint64_t unsound_frames = 0;
  std::uint64_t disagreements = 0;  // of explain with the packet path
  std::uint64_t other_tables = 0;   // than a fresh compilation gives
  std::map<Slot, InterfaceCounters> interfaces;
  std::vector<std::uint64_t> hits;  // by slot
  std::map<Slot, std::uint64_t> sessions_by_router;

  // Adds what one worker counts for what the configuration names; slots are below `slots`. To be
  // called on the worker.
  void add(Worker& worker, const Snapshot& now, Slot slots);
  void add(const SessionCheck& check) {
    shared_endpoints += check.shared_endpoints();
    crossed_routers += check.crossed_routers();
  }
};

api::Json write_reading(const Reading& reading, const Snapshot& now, const Directory& directory,
                        const std::function<usage::Counters(UsageIndex)>& usage_of);

// What rooms have only so much of for a router: {"203.0.113.2": {"tcp": {"taken": 3, "limit":
// 64512}}}.
api::Json write_stocks(const std::vector<Stock>& stocks);

// One session at one moment.
struct SessionCopy {
  std::uint64_t id;     // among those of all workers
  flow::Ticks now;      // of its worker
  flow::Ticks timeout;  // without a packet, it ends after this
  flow::Line forward;
  flow::Line reply;
  flow::SessionInfo info;
};
SessionCopy copy_session(Worker& worker, flow::SessionId session);
api::Json write_session(const SessionCopy& session, const Directory& directory);

// Whether a session is one that the filter asks for.
struct SessionFilter {
  Slot router = 0;  // 0: any
  std::optional<Protocol> protocol;
  std::optional<Prefix> address;  // of either end, before or after translation
};
bool matches(Worker& worker, flow::SessionId session, const SessionFilter& filter);

api::Json write_trace(const Trace& trace, const Directory& directory);

}  // namespace viaduct::runtime
