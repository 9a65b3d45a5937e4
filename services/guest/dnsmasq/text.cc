#include "services/guest/dnsmasq/text.h"

#include <idn2.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <memory>

namespace viaduct::dnsmasq {
namespace {

constexpr std::string_view blanks = " \t\r\v\f\n";
constexpr std::size_t longest_label = 63;
constexpr std::size_t longest_name = 253;

std::optional<std::uint32_t> seconds_of_unit(char unit) {
  switch (unit) {
    case 's':
    case 'S':
      return 1;
    case 'm':
    case 'M':
      return 60;
    case 'h':
    case 'H':
      return 60 * 60;
    case 'd':
    case 'D':
      return 24 * 60 * 60;
    case 'w':
    case 'W':
      return 7 * 24 * 60 * 60;
    default:
      return std::nullopt;
  }
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

Result<std::string> to_ascii(const std::string& name) {
  if (is_ascii(name)) return name;
  char* converted = nullptr;
  const int problem = idn2_to_ascii_8z(name.c_str(), &converted, IDN2_NONTRANSITIONAL);
  const std::unique_ptr<char, decltype(&idn2_free)> owner{converted, idn2_free};
  if (problem != IDN2_OK) {
    return bad(shown(name) + " is not an internationalised name: " + idn2_strerror(problem));
  }
  return std::string{converted};
}

}  // namespace

char concealed(char separator) {
  return static_cast<char>(1 + quotable.find(separator));
}

std::string revealed(std::string_view text) {
  std::string plain{text};
  std::erase(plain, quote_mark);
  for (char& c : plain) {
    if (c > 0 && static_cast<std::size_t>(c) <= quotable.size()) {
      c = quotable[static_cast<std::size_t>(c) - 1];
    }
  }
  return plain;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) + 1 - first);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  while (true) {
    const auto end = text.find(separator);
    pieces.push_back(trimmed(text.substr(0, end)));
    if (end == std::string_view::npos) return pieces;
    text.remove_prefix(end + 1);
  }
}

std::optional<std::string_view> after(std::string_view prefix, std::string_view text) {
  if (!text.starts_with(prefix)) return std::nullopt;
  return text.substr(prefix.size());
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::uint32_t> whole_number(std::string_view text) {
  if (!is_digits(text)) return std::nullopt;
  std::uint32_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{}) return std::numeric_limits<std::uint32_t>::max();
  return value;
}

std::optional<Address> address(std::string_view text) {
  const auto parsed = parse_address(text);
  if (!parsed) return std::nullopt;
  return *parsed;
}

std::optional<Address> ipv4(std::string_view text) {
  const auto parsed = address(text);
  if (!parsed || !parsed->is_v4() || text.find(':') != std::string_view::npos) return std::nullopt;
  return parsed;
}

std::optional<std::uint32_t> lease_seconds(std::string_view text) {
  if (text == "infinite") return infinite_lease;
  std::uint32_t unit = 1;
  if (!text.empty()) {
    if (const auto named = seconds_of_unit(text.back())) {
      unit = *named;
      text.remove_suffix(1);
    }
  }
  if (text.empty()) return 0;
  const auto count = whole_number(text);
  if (!count) return std::nullopt;
  const std::uint64_t seconds = std::uint64_t{*count} * unit;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(seconds, infinite_lease));
}

TagMatch tag_match(std::string_view text) {
  const auto negated = after("!", text);
  return {.tag = revealed(negated.value_or(text)), .is_set = !negated};
}

std::optional<std::string_view> tag_name(std::string_view text) {
  for (const std::string_view prefix : {"tag:", "set:", "net:"}) {
    if (const auto name = after(prefix, text)) return name;
  }
  return std::nullopt;
}

Result<std::string> domain_name(std::string_view text) {
  const std::string plain = revealed(text);
  std::string name = TRY(to_ascii(plain));
  if (name.ends_with('.')) name.pop_back();
  if (std::ranges::any_of(name, is_control)) return bad("a name cannot hold control characters");
  if (plain == ".") return not_supported("the root of all names");
  if (trimmed(name).empty()) return bad("a name cannot be empty");
  for (const auto label : split(name, '.')) {
    if (label.size() > longest_label) {
      return bad(shown(plain) + " has a label longer than 63 characters");
    }
    if (label.empty()) return not_supported(shown(plain) + " has an empty label");
  }
  if (name.size() > longest_name) return not_supported("a name longer than 253 characters");
  return name;
}

tl::unexpected<Error> bad(std::string why) {
  return fail(Fault::invalid, "", std::move(why));
}

tl::unexpected<Error> not_supported(std::string why) {
  return fail(Fault::invalid, "", "not supported: " + std::move(why));
}

std::string shown(std::string_view text) {
  std::string plain = revealed(text);
  std::ranges::replace_if(plain, is_control, '.');
  return "'" + plain + "'";
}

}  // namespace viaduct::dnsmasq
