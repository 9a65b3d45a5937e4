#pragma once

#include <string_view>

#include "dataplane/core/fwd.h"

namespace viaduct::firewall {

// Judges what comes from outside, and what guests send to a public address.
struct Stage {
  static constexpr std::string_view name = "firewall";
  static constexpr bool judges_openings = true;
  static void run(Burst& burst, const Snapshot& now, Worker& self) noexcept;
};

}  // namespace viaduct::firewall
