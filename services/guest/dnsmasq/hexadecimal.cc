#include "services/guest/dnsmasq/hexadecimal.h"

#include <charconv>

#include "services/guest/dnsmasq/text.h"

namespace viaduct::dnsmasq {

Result<HexOctets> hex_octets(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdefABCDEF";
  HexOctets octets;
  const auto words = split(text, ':');
  for (const auto word : words) {
    if (word != "*" && word.find_first_not_of(digits) != std::string_view::npos) {
      return bad(shown(text) + " is not hexadecimal");
    }
  }
  for (const auto word : words) {
    if (word == "*") {
      octets.emplace_back();
      continue;
    }
    if (word.empty() || word.size() > 2) {
      return not_supported(shown(text) + " is not octets of one or two digits between colons");
    }
    std::uint8_t octet = 0;
    std::from_chars(word.data(), word.data() + word.size(), octet, 16);
    octets.emplace_back(octet);
  }
  return octets;
}

Result<std::vector<std::uint8_t>> plain_hex_octets(std::string_view text) {
  std::vector<std::uint8_t> plain;
  for (const auto octet : TRY(hex_octets(text))) {
    if (!octet) return not_supported("'*' in " + shown(text));
    plain.push_back(*octet);
  }
  return plain;
}

}  // namespace viaduct::dnsmasq
