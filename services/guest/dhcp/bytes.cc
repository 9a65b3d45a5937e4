#include "services/guest/dhcp/bytes.h"

#include <charconv>

namespace viaduct::dhcp {

Result<Bytes> parse_hex(std::string_view text) {
  const auto refuse = [text] {
    return fail(Fault::invalid, "",
                "'" + std::string{text.substr(0, 64)} + "' is not pairs of hexadecimal digits");
  };
  if (text.size() % 2 != 0) return refuse();
  Bytes bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    std::uint8_t byte = 0;
    const auto [end, problem] = std::from_chars(&text[i], &text[i] + 2, byte, 16);
    if (problem != std::errc{} || end != &text[i] + 2) return refuse();
    bytes.push_back(byte);
  }
  return bytes;
}

std::string to_hex(ByteView bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::uint8_t byte : bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 0xf];
  }
  return text;
}

}  // namespace viaduct::dhcp
