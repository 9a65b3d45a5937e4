#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace viaduct::dnsmasq {

// What the values of an option are, as far as it is known by its number.
struct OptionKind {
  enum class Form : std::uint8_t {
    by_shape,   // as the value looks
    addresses,  // and nothing else
    text,       // whatever it looks like
    names,      // domain names
    locators,   // domain names, or addresses and nothing else
    seconds,    // a time of four octets, which may have a unit
    opaque,     // by its look, but not a number
  };
  Form form = Form::by_shape;
  unsigned octets = 0;  // of a number; 0: as many of 1, 2 and 4 as it needs
};

// By number; options of DHCPv4 (RFC 2132 and IANA's registry) and of DHCPv6 (RFC 8415 and
// likewise).
OptionKind option_kind(std::uint16_t number, bool is_ipv6);

// By the names of `dnsmasq --help dhcp` and `--help dhcp6`, in any case.
std::optional<std::uint16_t> option_number(std::string_view name, bool is_ipv6);

}  // namespace viaduct::dnsmasq
