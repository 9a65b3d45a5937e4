#pragma once

#include <string_view>

#include "dataplane/core/fwd.h"

namespace viaduct::parse {

// Proves what later stages rely on: whole headers that agree with each other and with the frame,
// and an interface that the frame is for. ARP is dealt with on the way.
struct Stage {
  static constexpr std::string_view name = "parse";
  static constexpr bool judges_openings = false;
  static void run(Burst& burst, const Snapshot& now, Worker& self) noexcept;
};

// Refuses to open sessions for what no honest station sends: martian addresses (RFC 1812 5.3.7),
// wrong TCP, UDP and ICMP checksums, TCP that begins without SYN.
struct Admit {
  static constexpr std::string_view name = "admit";
  static constexpr bool judges_openings = true;
  static void run(Burst& burst, const Snapshot& now, Worker& self) noexcept;
};

}  // namespace viaduct::parse
