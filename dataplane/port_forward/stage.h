#pragma once

#include <string_view>

#include "dataplane/core/fwd.h"

namespace viaduct::port_forward {

// Chooses the destination of sessions that open at a forwarded endpoint. Later packets, and the
// replies, are rewritten by flow::Rewrite, which knows nothing about port forwards.
struct Stage {
  static constexpr std::string_view name = "port_forward";
  static constexpr bool judges_openings = true;
  static void run(Burst& burst, const Snapshot& now, Worker& self) noexcept;
};

}  // namespace viaduct::port_forward
