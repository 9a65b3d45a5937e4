#pragma once

#include <string_view>

#include "dataplane/core/fwd.h"

namespace viaduct {
struct Opening;
}

namespace viaduct::route {

// Forwards what goes from one transit interface to another: by its destination alone, without
// policy and without a session. What is for the router, or for another kind of interface, goes on.
struct Transit {
  static constexpr std::string_view name = "transit";
  static constexpr bool judges_openings = false;
  static void run(Burst& burst, const Snapshot& now, Worker& self) noexcept;
};

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

// What is seen outside by an address of another public network than the one that the best route
// leads through leaves by its own, if there is a way: there its answers come in, and elsewhere it
// would be a forged source (BCP 38). Call it once the source is translated.
void leave_by_own_network(Opening& opening) noexcept;

}  // namespace viaduct::route
