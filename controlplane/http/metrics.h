#pragma once

#include <string>

#include "controlplane/http/usage_watch.h"
#include "controlplane/status.h"

namespace viaduct::http {

// The Prometheus text of viaductd's own state, of the data plane's counters and of those of
// viaduct-guestd; an empty object stands for one that is away.
std::string write_metrics(const Status& status, const UsageWatch::Reading& reading,
                          const api::Json& guest_services);

}  // namespace viaduct::http
