#pragma once

#include <string_view>

#include "dataplane/core/fwd.h"

namespace viaduct::route {

// A source must be one that its interface leads to: guests speak from their own network (or from
// one that is routed to through it), the outside never from a guest network (RFC 2827, RFC 3704).
struct CheckSource {
  static constexpr std::string_view name = "source";
  static constexpr bool judges_openings = true;
  static void run(Burst& burst, const Snapshot& now, Worker& self) noexcept;
};

// Finds where a packet goes, after its destination was translated.
struct Lookup {
  static constexpr std::string_view name = "route";
  static constexpr bool judges_openings = true;
  static void run(Burst& burst, const Snapshot& now, Worker& self) noexcept;
};

}  // namespace viaduct::route
