#pragma once

#include <string_view>

#include "dataplane/core/fwd.h"

namespace viaduct::source_nat {

// Gives sessions that guests open a public source when they leave by a public interface, and the
// router's own address when they come back into their own network by a public address (hairpin),
// so that the answer passes the router too.
struct Stage {
  static constexpr std::string_view name = "source_nat";
  static constexpr bool judges_openings = true;
  static void run(Burst& burst, const Snapshot& now, Worker& self) noexcept;
};

}  // namespace viaduct::source_nat
