#pragma once

#include <string_view>

#include "dataplane/core/fwd.h"

namespace viaduct::icmp {

// Takes errors about packets of live sessions back to who sent those, in words that they know: the
// quoted header is translated like the packet was (RFC 5508 4.2). Other errors end here.
struct Related {
  static constexpr std::string_view name = "icmp_error";
  static constexpr bool judges_openings = true;
  static void run(Burst& burst, const Snapshot& now, Worker& self) noexcept;
};

// Answers echo requests to the router that no rule refused. Whatever else is for the router by now
// has no taker.
struct Echo {
  static constexpr std::string_view name = "echo";
  static constexpr bool judges_openings = true;
  static void run(Burst& burst, const Snapshot& now, Worker& self) noexcept;
};

}  // namespace viaduct::icmp
