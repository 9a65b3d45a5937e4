#pragma once

#include "dataplane/core/packet.h"

namespace viaduct::flow {

// What a TCP reset means to the session that it names, by what its receiver waits for (RFC 5961
// 3.2).
enum class Reset : std::uint8_t {
  ends_it,     // exactly what comes next
  is_inexact,  // within a window of it: the receiver asks its peer back, so the session stays
  is_blind,    // somebody guesses
};

// REQUIRES: `line` is that of the packet, `other` that of the other direction.
[[nodiscard]] Reset judge_reset(const Packet& packet, const Line& line, const Line& other) noexcept;

}  // namespace viaduct::flow
