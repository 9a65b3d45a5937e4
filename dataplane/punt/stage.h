#pragma once

#include <string_view>

#include "dataplane/core/fwd.h"

namespace viaduct::punt {

// Hands what is for one of the router's services to its host, each service policed on its own. What
// the host sends as a service goes out without a session.
struct Stage {
  static constexpr std::string_view name = "service";
  static constexpr bool judges_openings = true;
  static void run(Burst& burst, const Snapshot& now, Worker& self) noexcept;
};

}  // namespace viaduct::punt
