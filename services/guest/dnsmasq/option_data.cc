#include "services/guest/dnsmasq/option_data.h"

#include <algorithm>
#include <limits>

#include "services/guest/dnsmasq/hexadecimal.h"
#include "services/guest/dnsmasq/text.h"

namespace viaduct::dnsmasq {
namespace {

using Form = OptionKind::Form;

constexpr std::size_t longest_option4 = 255;

bool consists_of(std::string_view text, std::string_view characters) {
  return !text.empty() && text.find_first_not_of(characters) == std::string_view::npos;
}

// Addresses, prefixes and lists of them; one number alone is a number.
bool looks_like_ipv4(std::string_view value) {
  return consists_of(value, "0123456789.,/ ") && !is_digits(value) &&
         value.find_first_of("0123456789") != std::string_view::npos;
}
bool looks_like_ipv6(std::string_view value) {
  return value.starts_with('[') && consists_of(value, "0123456789abcdefABCDEF:.[], ");
}
bool looks_like_hexadecimal(std::string_view value) {
  return consists_of(value, "0123456789abcdefABCDEF:*") &&
         value.find(':') != std::string_view::npos;
}

// A decimal number, with the letter that tells its size in octets.
struct Number {
  bool is_negative;
  std::string_view digits;
  unsigned octets;  // 0: not told
};
std::optional<Number> number(std::string_view value) {
  Number number{.is_negative = value.starts_with('-'), .digits = value, .octets = 0};
  if (number.is_negative) number.digits.remove_prefix(1);
  if (number.digits.empty()) return std::nullopt;
  switch (number.digits.back()) {
    case 'b':
      number.octets = 1;
      break;
    case 's':
      number.octets = 2;
      break;
    case 'i':
      number.octets = 4;
      break;
    default:
      break;
  }
  if (number.octets != 0) number.digits.remove_suffix(1);
  if (!is_digits(number.digits)) return std::nullopt;
  return number;
}

Octets in_network_order(std::uint32_t value, unsigned octets) {
  Octets out;
  for (unsigned i = octets; i-- > 0;) out.push_back(static_cast<std::uint8_t>(value >> 8 * i));
  return out;
}

unsigned octets_needed(const Number& number, std::uint32_t magnitude) {
  if (number.is_negative || magnitude > 0xffff) return 4;
  return magnitude > 0xff ? 2 : 1;
}

Result<OptionData> take_number(const Number& number, OptionKind kind) {
  const std::uint32_t magnitude = *whole_number(number.digits);
  unsigned octets = number.octets != 0 ? number.octets : kind.octets;
  if (octets == 0) octets = octets_needed(number, magnitude);
  const std::uint64_t most = (std::uint64_t{1} << 8 * octets) - 1;
  const bool fits = number.is_negative ? magnitude <= most / 2 + 1 : magnitude <= most;
  if (!fits ||
      (magnitude == std::numeric_limits<std::uint32_t>::max() && number.digits.size() > 10)) {
    return not_supported(std::string{number.digits} + " does not fit in " + std::to_string(octets) +
                         " octets");
  }
  const std::uint32_t value = number.is_negative ? 0U - magnitude : magnitude;
  return in_network_order(value, octets);
}

Result<OptionData> take_seconds(std::string_view value) {
  const auto seconds = lease_seconds(value);
  const bool is_time = value == "infinite" || is_digits(value.substr(0, 1));
  if (!seconds || !is_time) return not_supported("time " + shown(value));
  return in_network_order(*seconds, 4);
}

Result<OptionData> take_names(std::string_view value) {
  Names names;
  for (const auto word : split(value, ',')) {
    if (!word.empty()) names.list.push_back(TRY(domain_name(word)));
  }
  return names;
}

Result<OptionData> take_ipv4(std::string_view value) {
  std::vector<Address> addresses;
  for (const auto word : split(value, ',')) {
    const auto each = ipv4(word);
    if (!each) return bad("bad IPv4 address " + shown(word));
    addresses.push_back(*each);
  }
  return addresses;
}

Result<OptionData> take_ipv6(std::string_view value) {
  std::vector<Address> addresses;
  for (auto word : split(value, ',')) {
    if (word.starts_with('[')) word.remove_prefix(1);
    if (word.ends_with(']')) word.remove_suffix(1);
    const auto each = address(word);
    if (!each || each->is_v4()) return bad("bad IPv6 address " + shown(word));
    addresses.push_back(*each);
  }
  return addresses;
}

// ADDRESS/LENGTH
std::optional<Prefix> ipv4_block(std::string_view word) {
  const auto slash = word.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto base = ipv4(word.substr(0, slash));
  const auto length = whole_number(word.substr(slash + 1));
  if (!base || !length || *length > Address::bits - Address::v4_offset) return std::nullopt;
  return Prefix{*base, Address::v4_offset + *length};
}

// DESTINATION/LENGTH,ROUTER,...
Result<OptionData> take_routes(std::string_view value) {
  std::vector<ClasslessRoute> routes;
  const auto words = split(value, ',');
  for (const auto word : words) {
    if (!ipv4(word.substr(0, word.find('/')))) return bad("bad IPv4 address " + shown(word));
  }
  for (std::size_t i = 0; i < words.size(); i += 2) {
    const auto destination = ipv4_block(words[i]);
    const auto router = i + 1 < words.size() ? ipv4(words[i + 1]) : std::nullopt;
    if (!destination || !router) {
      return not_supported("routes other than DESTINATION/LENGTH,ROUTER: " + shown(value));
    }
    routes.push_back({*destination, *router});
  }
  return routes;
}

bool is_wholly_ipv4(std::string_view value) {
  return std::ranges::all_of(split(value, ','), [](auto word) { return ipv4(word).has_value(); });
}

Result<OptionData> by_shape(std::string_view value, OptionKind kind, bool is_ipv6) {
  if (is_ipv6 && looks_like_ipv6(value)) return take_ipv6(value);
  if (!is_ipv6 && looks_like_ipv4(value)) {
    return value.find('/') == std::string_view::npos ? take_ipv4(value) : take_routes(value);
  }
  if (const auto decimal = number(value)) {
    if (kind.form == Form::opaque) return bad("a number is no value of this option");
    return take_number(*decimal, kind);
  }
  if (looks_like_hexadecimal(value)) return TRY(plain_hex_octets(value));
  return revealed(value);
}

Result<OptionData> by_form(std::string_view value, OptionKind kind, bool is_ipv6) {
  switch (kind.form) {
    case Form::addresses:
      if (is_ipv6) return take_ipv6(value);
      if (!looks_like_ipv4(value)) return bad("bad IP address " + shown(value));
      return value.find('/') == std::string_view::npos ? take_ipv4(value) : take_routes(value);
    case Form::text:
      return revealed(value);
    case Form::names:
      return take_names(value);
    case Form::locators:
      return is_wholly_ipv4(value) ? take_ipv4(value) : take_names(value);
    case Form::seconds:
      return take_seconds(value);
    case Form::by_shape:
    case Form::opaque:
      break;
  }
  return by_shape(value, kind, is_ipv6);
}

// Octets on the wire.
struct Length {
  std::size_t operator()(std::monostate /*nothing*/) const { return 0; }
  std::size_t operator()(const std::vector<Address>& addresses) const {
    return 4 * addresses.size();
  }
  std::size_t operator()(const Names& names) const {
    std::size_t length = 0;
    for (const auto& name : names.list) length += name.size() + 2;
    return length;
  }
  std::size_t operator()(const std::vector<ClasslessRoute>& routes) const {
    std::size_t length = 0;
    for (const auto& route : routes) {
      length += 5 + (route.destination.written_length() + 7) / 8;
    }
    return length;
  }
  std::size_t operator()(const auto& octets) const { return octets.size(); }
};

}  // namespace

Result<OptionData> option_data(std::string_view value, OptionKind kind, bool is_ipv6) {
  auto data = TRY(by_form(value, kind, is_ipv6));
  const bool is_too_long = !is_ipv6 && std::visit(Length{}, data) > longest_option4;
  if (is_too_long) return bad("longer than 255 octets");
  return data;
}

}  // namespace viaduct::dnsmasq
