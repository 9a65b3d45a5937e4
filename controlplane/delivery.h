#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

#include "api/json.h"
#include "controlplane/journal.h"
#include "controlplane/process_link.h"
#include "controlplane/retry.h"

namespace viaduct {

// How a process is that runs a part of the document.
struct ProcessStatus {
  bool is_up = false;
  std::int64_t started_at = 0;  // Unix seconds
  Revision revision = 0;        // that it runs
  std::string problem;          // why the current revision is not applied; empty if it is
};

// Keeps one process at the current revision of its part of the document. One thread at a time, but
// for status().
class Delivery {
 public:
  // A part, and what leads to it from the revision before; nullptr where that is too much to be
  // quicker than the whole.
  struct Part {
    Revision revision = 0;
    std::function<api::Json()> whole;
    const api::Json* changes = nullptr;
    api::Json secrets;  // by path; told once, and never written down
  };

  // `name` is for people. REQUIRES: `process` outlives it.
  Delivery(std::string name, RemoteProcess& process) : name_(std::move(name)), process_(process) {}

  // What has changed if the process has what it is based on, else all. Secrets that did not arrive
  // go with the next attempt.
  Result<api::Json> apply(const Part& part);
  // Sends the whole part ahead, so that little is left to do later. Whether it is held.
  Result<bool> hold(const Part& part);
  Result<api::Json> apply_held(const Part& part);

  // Asks how the process is. Whether it lacks the revision `current`.
  bool greet(Revision current);
  // Brings one up to date that lacks it, at growing intervals while it refuses. Whether it did.
  bool deliver(const Part& part);

  [[nodiscard]] ProcessStatus status() const;

 private:
  Result<api::Json> apply_whole(const Part& part);
  Result<api::Json> tell(api::Json question, Revision revision);

  std::string name_;
  RemoteProcess& process_;
  Retry retry_;
  api::Json owed_ = api::Json::object();  // secrets

  mutable std::mutex guard_;  // of what is below; held for moments only
  ProcessStatus status_;
};

}  // namespace viaduct
