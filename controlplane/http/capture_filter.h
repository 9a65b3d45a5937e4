#pragma once

#include <string>

#include "api/json.h"

namespace viaduct::http {

// The classic BPF program of a tcpdump expression over Ethernet frames: [[code,jt,jf,k],...].
// Unless the expression asks about `vlan`, it means frames with a tag as well as those without.
Result<api::Json> compile_filter(const std::string& expression, int snap_length);

}  // namespace viaduct::http
