#pragma once

#include <map>
#include <optional>
#include <vector>

#include "api/json.h"
#include "dataplane/core/worker.h"

// What the engine knows, as JSON for the control socket.
namespace viaduct::runtime {

// A copy of one worker's counts at one moment between two bursts.
struct Reading {
  PacketTotals totals;
  SessionTotals session_totals;
  DropCounts drops{};
  std::array<StageCounters, Worker::most_stages> stages{};
  std::size_t live = 0;
  std::size_t limit = 0;
  std::size_t held = 0;
  std::map<Slot, InterfaceCounters> interfaces;
  std::vector<std::uint64_t> hits;  // by slot
  std::map<Slot, std::uint64_t> sessions_by_router;
};

// Reads what the configuration names; slots are below `slots`. To be called on the worker.
Reading take_reading(Worker& worker, const Snapshot& now, Slot slots);

api::Json write_reading(const Reading& reading, const Snapshot& now, const Directory& directory,
                        usage::Counters* usage);

// One session at one moment.
struct SessionCopy {
  flow::SessionId id;
  flow::Line forward;
  flow::Line reply;
  flow::SessionInfo info;
};
SessionCopy copy_session(Worker& worker, flow::SessionId session);
api::Json write_session(const SessionCopy& session, flow::Ticks now, const Directory& directory);

// Whether a session is one that the filter asks for.
struct SessionFilter {
  Slot router = 0;  // 0: any
  std::optional<Protocol> protocol;
  std::optional<Prefix> address;  // of either end, before or after translation
};
bool matches(Worker& worker, flow::SessionId session, const SessionFilter& filter);

api::Json write_trace(const Trace& trace, const Directory& directory);

}  // namespace viaduct::runtime
