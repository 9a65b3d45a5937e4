#pragma once

#include <string_view>

#include "dataplane/core/fwd.h"

namespace viaduct::helper {

// Lets sessions be that another one announced, as that one was: a helper looked into it. The
// announcement stands for a rule, and leads to who listens.
struct Stage {
  static constexpr std::string_view name = "helper";
  static constexpr bool judges_openings = true;
  static void run(Burst& burst, const Snapshot& now, Worker& self) noexcept;
};

}  // namespace viaduct::helper
