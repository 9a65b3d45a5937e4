#pragma once

#include <string_view>

#include "dataplane/core/fwd.h"

namespace viaduct::static_nat {

// Sends what comes to a static NAT's public address on to its guest.
struct Inward {
  static constexpr std::string_view name = "static_nat_inward";
  static constexpr bool judges_openings = true;
  static void run(Burst& burst, const Snapshot& now, Worker& self) noexcept;
};

// Lets a guest with a static NAT speak to the outside as its public address.
struct Outward {
  static constexpr std::string_view name = "static_nat_outward";
  static constexpr bool judges_openings = true;
  static void run(Burst& burst, const Snapshot& now, Worker& self) noexcept;
};

}  // namespace viaduct::static_nat
