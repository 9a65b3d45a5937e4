#pragma once

#include "api/json.h"

namespace viaduct::cloudstack {

// Whether a `loadbalancer` message is one that CloudStack writes: the narrow dialect of haproxy's
// configuration that its generator knows, balancing algorithms and certificates included. What
// current haproxy does not take any more is refused too.
[[nodiscard]] Result<void> check_balancer(const api::Json& content);

// The message without keys of certificates and passwords of statistics.
[[nodiscard]] api::Json without_secrets(api::Json content);

}  // namespace viaduct::cloudstack
