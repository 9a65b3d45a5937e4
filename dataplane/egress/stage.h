#pragma once

#include <string_view>

#include "dataplane/core/fwd.h"

namespace viaduct::egress {

// Judges what guests send out of their network.
struct Stage {
  static constexpr std::string_view name = "egress";
  static constexpr bool judges_openings = true;
  static void run(Burst& burst, const Snapshot& now, Worker& self) noexcept;
};

}  // namespace viaduct::egress
