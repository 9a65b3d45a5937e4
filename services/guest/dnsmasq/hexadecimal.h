#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace viaduct::dnsmasq {

// Octets of one or two hexadecimal digits between colons; nothing for one that is "*". Anything
// that is not of hexadecimal digits, colons and "*" is bad, other numbers of digits are not
// supported.
using HexOctets = std::vector<std::optional<std::uint8_t>>;
Result<HexOctets> hex_octets(std::string_view text);

// The same, where "*" is not supported.
Result<std::vector<std::uint8_t>> plain_hex_octets(std::string_view text);

}  // namespace viaduct::dnsmasq
