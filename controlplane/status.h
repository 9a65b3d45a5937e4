#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "api/json.h"
#include "controlplane/delivery.h"
#include "controlplane/journal.h"

namespace viaduct {

// How long the steps of one change took, in microseconds.
struct Timing {
  std::int64_t validate = 0;
  std::int64_t plan = 0;
  std::int64_t journal = 0;
  std::int64_t apply = 0;
  std::int64_t kernel = 0;
  std::int64_t guest_services = 0;
};

// How the appliance is, as viaductd knows it.
struct Status {
  WallTime started_at;
  Revision revision = 0;
  ProcessStatus dataplane;
  ProcessStatus guest_services;
  std::string kernel_problem;
  std::optional<Confirmation> confirmation;
  Timing last_change;
  std::uint64_t accepted = 0;  // changes since the start
  std::uint64_t refused = 0;
  std::uint64_t journal_failures = 0;  // changes that did not reach the disk
  std::uint64_t refusals_left_behind =
      0;  // changes that the data plane refused, but are journalled
};

api::Json write_timing(const Timing& timing);
api::Json write_status(const Status& status);
// 2026-11-20T18:10:47Z
std::string write_time(WallTime time);
// An error as one line of a log.
std::string told(const Error& error);

}  // namespace viaduct
