#pragma once

#include <cstdint>
#include <optional>

#include "dataplane/core/packet.h"

namespace viaduct::icmp {

// The header that an ICMP error quotes: where it is, and the packet it was of.
struct Quote {
  std::uint16_t l3 = 0;
  std::uint16_t l4 = 0;
  std::uint16_t l4_length = 0;  // bytes of it that are quoted
  flow::Key key;
};

// Nothing if the quotation is no beginning of an IPv4 packet. REQUIRES: parse found room for an IP
// header without options and eight bytes more.
[[nodiscard]] std::optional<Quote> read_quote(const Packet& packet) noexcept;

}  // namespace viaduct::icmp
