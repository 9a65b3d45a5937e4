#pragma once

#include <string_view>

#include "dataplane/core/fwd.h"

namespace viaduct::exchange {

// Hands over to the other workers what is theirs: only packets of no session here can be. Nothing
// to do for a worker that is alone, nor for what was handed over to this one.
struct Stage {
  static constexpr std::string_view name = "hand_over";
  static constexpr bool judges_openings = true;
  static void run(Burst& burst, const Snapshot& now, Worker& self) noexcept;
};

}  // namespace viaduct::exchange
