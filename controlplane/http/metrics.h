#pragma once

#include <string>

#include "controlplane/http/usage_watch.h"
#include "controlplane/status.h"

namespace viaduct::http {

// The Prometheus text of viaductd's own state and of the data plane's counters.
std::string write_metrics(const Status& status, const UsageWatch::Reading& reading);

}  // namespace viaduct::http
