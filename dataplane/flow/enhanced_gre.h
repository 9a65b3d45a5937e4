#pragma once

#include <cstdint>

#include "base/net.h"

namespace viaduct::flow {

// The header that PPTP's tunnels have (RFC 2637 4.1). Each side names its end of a call, and a
// packet says the receiver's name alone: so each direction of a call is a session of its own, which
// has the name for the port that it goes to, and 0 for the other one.
struct EnhancedGre {
  Be16 flags_and_version;
  Be16 protocol;
  Be16 payload_length;
  Be16 call;
};
static_assert(sizeof(EnhancedGre) == 8);

// What begins there, if it is such a header; nullptr if it is another, or there are fewer bytes.
inline EnhancedGre* enhanced_gre(void* start, std::uint32_t length) noexcept {
  auto* gre = static_cast<EnhancedGre*>(start);
  if (length < sizeof *gre) return nullptr;
  constexpr std::uint16_t of_version = 0xe007;  // checksum, routing and key present; version
  constexpr std::uint16_t version_1 = 0x2001;
  constexpr std::uint16_t ppp = 0x880b;
  const bool is_enhanced =
      (gre->flags_and_version.host() & of_version) == version_1 && gre->protocol == Be16::of(ppp);
  return is_enhanced ? gre : nullptr;
}

}  // namespace viaduct::flow
