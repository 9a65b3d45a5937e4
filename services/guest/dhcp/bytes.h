#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/net.h"

namespace viaduct::dhcp {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline void append(Bytes& to, ByteView bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}
inline void append16(Bytes& to, std::uint16_t number) {
  to.push_back(static_cast<std::uint8_t>(number >> 8));
  to.push_back(static_cast<std::uint8_t>(number));
}
inline void append32(Bytes& to, std::uint32_t number) {
  append16(to, static_cast<std::uint16_t>(number >> 16));
  append16(to, static_cast<std::uint16_t>(number));
}
// REQUIRES: `address` is IPv4.
inline void append_address(Bytes& to, const Address& address) {
  append32(to, address.as_v4().host());
}

// Numbers in network byte order. REQUIRES: bytes.size() is at least 2, or 4.
[[nodiscard]] constexpr std::uint16_t read16(ByteView bytes) {
  return static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]);
}
[[nodiscard]] constexpr std::uint32_t read32(ByteView bytes) {
  return std::uint32_t{read16(bytes)} << 16 | read16(bytes.subspan(2));
}
[[nodiscard]] inline Address read_address(ByteView bytes) {
  return Address::v4(Be32::of(read32(bytes)));
}

[[nodiscard]] inline ByteView bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
[[nodiscard]] inline std::string_view text_of(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Pairs of hexadecimal digits; none for no bytes.
[[nodiscard]] Result<Bytes> parse_hex(std::string_view text);
[[nodiscard]] std::string to_hex(ByteView bytes);

}  // namespace viaduct::dhcp
