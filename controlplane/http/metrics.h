#pragma once

#include <string>

#include "controlplane/status.h"

namespace viaduct::http {

// The Prometheus text of viaductd's own state and of the data plane's counters (what it answered;
// an empty object if it is away).
std::string write_metrics(const Status& status, const api::Json& counters);

}  // namespace viaduct::http
