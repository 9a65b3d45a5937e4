#pragma once

#include <string_view>

#include "dataplane/core/fwd.h"

namespace viaduct::source_nat {

// Lets others than those it spoke to reach a guest by the public endpoint of its mapping, where its
// network's filtering says so (RFC 4787 5).
struct Inward {
  static constexpr std::string_view name = "source_nat_inward";
  static constexpr bool judges_openings = true;
  static void run(Burst& burst, const Snapshot& now, Worker& self) noexcept;
};

// Gives sessions that guests open a public source when they leave by a public interface, and the
// router's own address, or a public one, when they come back into their own network by a public
// address (hairpin), so that the answer passes the router too.
struct Stage {
  static constexpr std::string_view name = "source_nat";
  static constexpr bool judges_openings = true;
  static void run(Burst& burst, const Snapshot& now, Worker& self) noexcept;
};

}  // namespace viaduct::source_nat
