#include "services/guest/dnsmasq/option_kinds.h"

#include <algorithm>
#include <array>
#include <utility>

namespace viaduct::dnsmasq {
namespace {

using Name = std::pair<std::string_view, std::uint16_t>;

constexpr std::array names4 = std::to_array<Name>({
    {"netmask", 1},
    {"time-offset", 2},
    {"router", 3},
    {"dns-server", 6},
    {"log-server", 7},
    {"lpr-server", 9},
    {"boot-file-size", 13},
    {"domain-name", 15},
    {"swap-server", 16},
    {"root-path", 17},
    {"extension-path", 18},
    {"ip-forward-enable", 19},
    {"non-local-source-routing", 20},
    {"policy-filter", 21},
    {"max-datagram-reassembly", 22},
    {"default-ttl", 23},
    {"mtu", 26},
    {"all-subnets-local", 27},
    {"router-discovery", 31},
    {"router-solicitation", 32},
    {"static-route", 33},
    {"trailer-encapsulation", 34},
    {"arp-timeout", 35},
    {"ethernet-encap", 36},
    {"tcp-ttl", 37},
    {"tcp-keepalive", 38},
    {"nis-domain", 40},
    {"nis-server", 41},
    {"ntp-server", 42},
    {"netbios-ns", 44},
    {"netbios-dd", 45},
    {"netbios-nodetype", 46},
    {"netbios-scope", 47},
    {"x-windows-fs", 48},
    {"x-windows-dm", 49},
    {"T1", 58},
    {"T2", 59},
    {"vendor-class", 60},
    {"nis+-domain", 64},
    {"nis+-server", 65},
    {"tftp-server", 66},
    {"bootfile-name", 67},
    {"mobile-ip-home", 68},
    {"smtp-server", 69},
    {"pop3-server", 70},
    {"nntp-server", 71},
    {"irc-server", 74},
    {"user-class", 77},
    {"rapid-commit", 80},
    {"client-arch", 93},
    {"client-interface-id", 94},
    {"client-machine-id", 97},
    {"posix-timezone", 100},
    {"tzdb-timezone", 101},
    {"ipv6-only", 108},
    {"domain-search", 119},
    {"sip-server", 120},
    {"classless-static-route", 121},
    {"vendor-id-encap", 125},
    {"tftp-server-address", 150},
    {"server-ip-address", 255},
});

constexpr std::array names6 = std::to_array<Name>({
    {"sip-server-domain", 21},
    {"sip-server", 22},
    {"dns-server", 23},
    {"domain-search", 24},
    {"nis-server", 27},
    {"nis+-server", 28},
    {"nis-domain", 29},
    {"nis+-domain", 30},
    {"sntp-server", 31},
    {"information-refresh-time", 32},
    {"posix-timezone", 41},
    {"tzdb-timezone", 42},
    {"ntp-server", 56},
    {"bootfile-url", 59},
    {"bootfile-param", 60},
});

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

template <std::size_t size>
std::optional<std::uint16_t> find(const std::array<Name, size>& names, std::string_view name) {
  const auto found = std::ranges::find_if(names, [&](const Name& candidate) {
    return std::ranges::equal(candidate.first, name, {}, lower, lower);
  });
  if (found == names.end()) return std::nullopt;
  return found->second;
}

OptionKind kind6(std::uint16_t number) {
  using enum OptionKind::Form;
  switch (number) {
    case 22:
    case 23:
    case 27:
    case 28:
    case 31:
      return {.form = addresses};
    case 21:
    case 24:
    case 29:
    case 30:
      return {.form = names};
    case 32:
      return {.form = seconds};
    case 41:
    case 42:
    case 59:
      return {.form = text};
    default:
      return {};
  }
}

OptionKind::Form form4(std::uint16_t number) {
  using enum OptionKind::Form;
  constexpr std::array addresses4 =
      std::to_array<std::uint16_t>({1,  3,  6,  7,  9,  16, 21, 28, 32, 33, 41, 42,  44,
                                    45, 48, 49, 50, 54, 65, 68, 69, 70, 71, 74, 150, 255});
  constexpr std::array text4 =
      std::to_array<std::uint16_t>({12, 15, 17, 18, 40, 64, 66, 67, 100, 101});
  constexpr std::array opaque4 =
      std::to_array<std::uint16_t>({43, 52, 53, 55, 56, 57, 61, 81, 82, 118});
  const auto has = [&](const auto& numbers) { return std::ranges::find(numbers, number); };
  if (has(addresses4) != addresses4.end()) return addresses;
  if (has(text4) != text4.end()) return text;
  if (has(opaque4) != opaque4.end()) return opaque;
  if (number == 119) return names;
  if (number == 120) return locators;
  if (number == 51 || number == 58 || number == 59) return seconds;
  return by_shape;
}

unsigned octets4(std::uint16_t number) {
  switch (number) {
    case 19:
    case 20:
    case 23:
    case 27:
    case 31:
    case 34:
    case 36:
    case 37:
    case 46:
      return 1;
    case 13:
    case 22:
    case 26:
    case 93:
      return 2;
    case 2:
    case 35:
    case 38:
    case 108:
      return 4;
    default:
      return 0;
  }
}

}  // namespace

OptionKind option_kind(std::uint16_t number, bool is_ipv6) {
  if (is_ipv6) return kind6(number);
  return {.form = form4(number), .octets = octets4(number)};
}

std::optional<std::uint16_t> option_number(std::string_view name, bool is_ipv6) {
  return is_ipv6 ? find(names6, name) : find(names4, name);
}

}  // namespace viaduct::dnsmasq
