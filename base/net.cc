#include "base/net.h"

#include <arpa/inet.h>

#include <charconv>
#include <optional>

namespace viaduct {
namespace {

auto refuse(std::string_view text, std::string_view expected) {
  return fail(Fault::invalid, "", "'" + std::string{text} + "' is not " + std::string{expected});
}

template <class Number>
std::optional<Number> whole_number(std::string_view digits) {
  Number value{};
  const auto* end = digits.data() + digits.size();
  const auto [stopped, problem] = std::from_chars(digits.data(), end, value);
  if (problem != std::errc{} || stopped != end) return std::nullopt;
  return value;
}

struct AddressAndLength {
  Address address;
  unsigned length;  // in the 128-bit form
};

Result<AddressAndLength> parse_with_length(std::string_view text, std::string_view expected) {
  const auto slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) return refuse(text, expected);
  if (slash == std::string_view::npos) return AddressAndLength{*address, Address::bits};
  const unsigned offset = address->is_v4() ? Address::v4_offset : 0;
  const auto written = whole_number<unsigned>(text.substr(slash + 1));
  if (!written || *written > Address::bits - offset) return refuse(text, expected);
  return AddressAndLength{*address, offset + *written};
}

// Splits "address:ports", where an IPv6 address stands in brackets.
struct Split {
  std::string_view address;
  std::string_view ports;
};
std::optional<Split> split_endpoint(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view address = text.substr(0, colon);
  if (address.starts_with('[') && address.ends_with(']')) {
    address = address.substr(1, address.size() - 2);
  } else if (address.find(':') != std::string_view::npos) {
    return std::nullopt;
  }
  return Split{address, text.substr(colon + 1)};
}

std::string bracketed(Address address) {
  return address.is_v4() ? to_string(address) : "[" + to_string(address) + "]";
}

}  // namespace

bool Prefix::sets_aside(const Address& address) const {
  return is_v4() && length_ < Address::bits - 1 && (address == base_ || address == last());
}

Result<Mac> parse_mac(std::string_view text) {
  constexpr std::string_view expected = "an Ethernet address such as 02:00:00:00:00:01";
  if (text.size() != 17) return refuse(text, expected);
  Mac mac;
  for (std::size_t i = 0; i < 6; ++i) {
    const auto* digits = text.data() + 3 * i;
    const auto [stopped, problem] = std::from_chars(digits, digits + 2, mac.bytes[i], 16);
    if (problem != std::errc{} || stopped != digits + 2) return refuse(text, expected);
    if (i < 5 && digits[2] != ':') return refuse(text, expected);
  }
  return mac;
}

Result<Address> parse_address(std::string_view text) {
  if (const std::string terminated{text}; text.find('\0') == std::string_view::npos) {
    if (in_addr v4{}; inet_pton(AF_INET, terminated.c_str(), &v4) == 1) {
      return Address::v4(Be32::raw(v4.s_addr));
    }
    std::array<std::uint8_t, 16> v6{};
    if (inet_pton(AF_INET6, terminated.c_str(), v6.data()) == 1) return Address::v6(v6);
  }
  return refuse(text, "an IP address");
}

Result<Prefix> parse_prefix(std::string_view text) {
  constexpr std::string_view expected = "a prefix such as 10.1.1.0/24";
  const auto [address, length] = TRY(parse_with_length(text, expected));
  const Prefix prefix{address, length};
  if (prefix.base() != address) {
    return fail(Fault::invalid, "",
                "'" + std::string{text} + "' has host bits set: write " + to_string(prefix));
  }
  return prefix;
}

Result<InterfaceAddress> parse_interface_address(std::string_view text) {
  constexpr std::string_view expected = "an address with its network's length, as 10.1.1.1/24";
  if (text.find('/') == std::string_view::npos) return refuse(text, expected);
  const auto [address, length] = TRY(parse_with_length(text, expected));
  const Prefix network{address, length};
  if (!address.is_unicast()) return refuse(text, "an address that one station may have");
  if (network.sets_aside(address)) {
    return fail(
        Fault::invalid, "",
        "'" + std::string{text} + "' is the network's own address or its broadcast address");
  }
  return InterfaceAddress{address, network};
}

Result<std::uint16_t> parse_port(std::string_view text) {
  const auto port = whole_number<std::uint16_t>(text);
  if (!port || *port == 0) return refuse(text, "a port from 1 to 65535");
  return *port;
}

Result<PortRange> parse_port_range(std::string_view text) {
  const auto dash = text.find('-');
  const auto first = TRY(parse_port(text.substr(0, dash)));
  if (dash == std::string_view::npos) return PortRange{first, first};
  const auto last = TRY(parse_port(text.substr(dash + 1)));
  if (last < first) {
    return fail(Fault::invalid, "", "'" + std::string{text} + "' ends before it begins");
  }
  return PortRange{first, last};
}

Result<Endpoint> parse_endpoint(std::string_view text) {
  const auto split = split_endpoint(text);
  if (!split) return refuse(text, "address:port");
  return Endpoint{TRY(parse_address(split->address)), TRY(parse_port(split->ports))};
}

Result<EndpointRange> parse_endpoint_range(std::string_view text) {
  const auto split = split_endpoint(text);
  if (!split) return refuse(text, "address:port or address:first-last");
  return EndpointRange{TRY(parse_address(split->address)), TRY(parse_port_range(split->ports))};
}

Result<Protocol> parse_protocol(std::string_view text) {
  for (const Protocol named :
       {Protocol::icmp, Protocol::tcp, Protocol::udp, Protocol::gre, Protocol::esp}) {
    if (text == to_string(named)) return named;
  }
  if (const auto number = whole_number<std::uint8_t>(text)) return Protocol{*number};
  return refuse(text, "tcp, udp, icmp, gre, esp or a protocol number");
}

std::string to_string(Mac mac) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : mac.bytes) {
    if (!text.empty()) text += ':';
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

std::string to_string(Address address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.is_v4()) {
    const in_addr raw{address.as_v4().bits()};
    inet_ntop(AF_INET, &raw, text.data(), text.size());
  } else {
    inet_ntop(AF_INET6, address.bytes().data(), text.data(), text.size());
  }
  return text.data();
}

std::string to_string(Prefix prefix) {
  if (prefix.length() == Address::bits) return to_string(prefix.base());
  return to_string(prefix.base()) + "/" + std::to_string(prefix.written_length());
}

std::string to_string(const InterfaceAddress& address) {
  return to_string(address.address) + "/" + std::to_string(address.network.written_length());
}

std::string to_string(PortRange ports) {
  if (ports.first == ports.last) return std::to_string(ports.first);
  return std::to_string(ports.first) + "-" + std::to_string(ports.last);
}

std::string to_string(const Endpoint& endpoint) {
  return bracketed(endpoint.address) + ":" + std::to_string(endpoint.port);
}

std::string to_string(const EndpointRange& endpoint) {
  return bracketed(endpoint.address) + ":" + to_string(endpoint.ports);
}

std::string to_string(Protocol protocol) {
  switch (protocol) {
    case Protocol::icmp:
      return "icmp";
    case Protocol::tcp:
      return "tcp";
    case Protocol::udp:
      return "udp";
    case Protocol::gre:
      return "gre";
    case Protocol::esp:
      return "esp";
  }
  return std::to_string(static_cast<unsigned>(protocol));
}

std::string to_string(const Tuple& tuple) {
  return to_string(tuple.source) + " > " + to_string(tuple.destination);
}

}  // namespace viaduct
