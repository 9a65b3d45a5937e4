#include "controlplane/status.h"

#include <fmt/chrono.h>

#include "controlplane/version.h"

namespace viaduct {

using api::Json;

std::string write_time(WallTime time) {
  return fmt::format("{:%FT%TZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

std::string told(const Error& error) {
  return error.where.empty() ? error.why : error.where + ": " + error.why;
}

Json write_timing(const Timing& timing) {
  return {{"validate", timing.validate}, {"plan", timing.plan},
          {"journal", timing.journal},   {"apply", timing.apply},
          {"kernel", timing.kernel},     {"guest_services", timing.guest_services}};
}

namespace {

Json write_process(const ProcessStatus& process) {
  return {{"state", process.is_up ? "up" : "away"},
          {"revision", process.revision},
          {"detail", process.problem}};
}

}  // namespace

Json write_status(const Status& status) {
  Json confirmation;
  if (status.confirmation) {
    confirmation = {{"revision", status.confirmation->revision},
                    {"restore", status.confirmation->restore},
                    {"deadline", write_time(status.confirmation->deadline)}};
  }
  const bool is_applied = status.dataplane.is_up && status.dataplane.revision == status.revision;
  return {{"version", version},
          {"started_at", write_time(status.started_at)},
          {"revision", status.revision},
          {"applied", is_applied},
          {"dataplane", write_process(status.dataplane)},
          {"guest_services", write_process(status.guest_services)},
          {"kernel",
           {{"state", status.kernel_problem.empty() ? "up" : "degraded"},
            {"detail", status.kernel_problem}}},
          {"confirmation", confirmation},
          {"last_change_us", write_timing(status.last_change)}};
}

}  // namespace viaduct
