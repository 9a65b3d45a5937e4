#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <compare>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/result.h"

namespace viaduct {

// A number as it lies on the wire. No arithmetic and no conversions: host() is the only way out.
template <std::unsigned_integral T>
class Wire {
 public:
  constexpr Wire() = default;
  static constexpr Wire of(T host) { return Wire{swap(host)}; }
  static constexpr Wire raw(T bits) { return Wire{bits}; }
  [[nodiscard]] constexpr T host() const { return swap(bits_); }
  [[nodiscard]] constexpr T bits() const { return bits_; }
  friend constexpr bool operator==(Wire, Wire) = default;

 private:
  explicit constexpr Wire(T bits) : bits_(bits) {}
  static constexpr T swap(T v) {
    if constexpr (std::endian::native == std::endian::big) return v;
    if constexpr (sizeof(T) == 2) return __builtin_bswap16(v);
    if constexpr (sizeof(T) == 4) return __builtin_bswap32(v);
    if constexpr (sizeof(T) == 8) return __builtin_bswap64(v);
  }
  T bits_{};
};
using Be16 = Wire<std::uint16_t>;
using Be32 = Wire<std::uint32_t>;
using Be64 = Wire<std::uint64_t>;

// An IP protocol number (IANA "Protocol Numbers"); any of 0 to 255, these by name.
enum class Protocol : std::uint8_t { icmp = 1, tcp = 6, udp = 17, gre = 47, esp = 50 };

// An Ethernet address, in transmission order.
struct Mac {
  std::array<std::uint8_t, 6> bytes{};
  [[nodiscard]] constexpr bool is_multicast() const { return (bytes[0] & 1) != 0; }
  [[nodiscard]] constexpr bool is_broadcast() const { return *this == Mac::broadcast(); }
  static constexpr Mac broadcast() { return {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}; }
  // NOLINTNEXTLINE(modernize-use-nullptr): it means the literal zero of a defaulted comparison
  friend constexpr auto operator<=>(const Mac&, const Mac&) = default;
};

// An IPv4 or IPv6 address. IPv4 is kept as RFC 4291 2.5.5.2 maps it (::ffff:a.b.c.d), so that
// every table holds both families and compares 128 bits. They are two numbers, since that is how
// they are compared, masked and hashed.
class Address {
 public:
  static constexpr std::size_t bits = 128;
  static constexpr std::uint8_t v4_offset = 96;  // where an IPv4 address begins in the 128 bits

  constexpr Address() = default;
  static constexpr Address v4(Be32 address) { return {0, v4_mark << 32 | address.host()}; }
  static constexpr Address v6(const std::array<std::uint8_t, 16>& bytes) {
    const auto halves = std::bit_cast<std::array<Be64, 2>>(bytes);
    return {halves[0].host(), halves[1].host()};
  }

  [[nodiscard]] constexpr bool is_v4() const { return high_ == 0 && low_ >> 32 == v4_mark; }
  // REQUIRES: is_v4().
  [[nodiscard]] constexpr Be32 as_v4() const { return Be32::of(static_cast<std::uint32_t>(low_)); }
  // The first and the last 64 bits, in host order.
  [[nodiscard]] constexpr std::uint64_t high() const { return high_; }
  [[nodiscard]] constexpr std::uint64_t low() const { return low_; }
  [[nodiscard]] constexpr std::array<std::uint8_t, 16> bytes() const {
    return std::bit_cast<std::array<std::uint8_t, 16>>(std::array{Be64::of(high_), Be64::of(low_)});
  }
  [[nodiscard]] constexpr bool is_multicast() const {
    return is_v4() ? (low_ >> 28 & 0xf) == 0xe : high_ >> 56 == 0xff;
  }
  // Whether one station may have it: not unspecified, loopback, multicast or reserved (RFC 6890).
  [[nodiscard]] constexpr bool is_unicast() const {
    if (!is_v4()) return !is_multicast() && (high_ != 0 || low_ > 1);
    const std::uint64_t first = low_ >> 24 & 0xff;
    return first != 0 && first != 127 && first < 224;
  }
  // All but the first `length` of the 128 bits cleared.
  [[nodiscard]] constexpr Address masked(unsigned length) const {
    return {high_ & mask(std::min(length, 64U)), low_ & mask(std::max(length, 64U) - 64)};
  }
  // All but the first `length` of the 128 bits set.
  [[nodiscard]] constexpr Address filled(unsigned length) const {
    return {high_ | ~mask(std::min(length, 64U)), low_ | ~mask(std::max(length, 64U) - 64)};
  }

  // NOLINTNEXTLINE(modernize-use-nullptr): likewise
  friend constexpr auto operator<=>(const Address&, const Address&) = default;

 private:
  static constexpr std::uint64_t v4_mark = 0xffff;

  constexpr Address(std::uint64_t high, std::uint64_t low) : high_(high), low_(low) {}
  // The first `length` of 64 bits.
  static constexpr std::uint64_t mask(unsigned length) {
    return length == 0 ? 0 : ~std::uint64_t{0} << (64 - length);
  }

  std::uint64_t high_ = 0;
  std::uint64_t low_ = 0;
};

// A block of addresses. `length` counts in the 128-bit form; written_length() as people write it.
class Prefix {
 public:
  constexpr Prefix() = default;
  constexpr Prefix(Address address, unsigned length)
      : base_(address.masked(length)), length_(static_cast<std::uint8_t>(length)) {}
  static constexpr Prefix host(Address address) { return {address, Address::bits}; }

  [[nodiscard]] constexpr Address base() const { return base_; }
  [[nodiscard]] constexpr unsigned length() const { return length_; }
  [[nodiscard]] constexpr bool is_v4() const {
    return length_ >= Address::v4_offset && base_.is_v4();
  }
  [[nodiscard]] constexpr unsigned written_length() const {
    return is_v4() ? length_ - Address::v4_offset : length_;
  }
  [[nodiscard]] constexpr bool contains(Address address) const {
    return is_v4() == address.is_v4() && address.masked(length_) == base_;
  }
  [[nodiscard]] constexpr bool overlaps(const Prefix& other) const {
    return is_v4() == other.is_v4() &&
           (length_ < other.length_ ? contains(other.base_) : other.contains(base_));
  }
  // The last address of the block: for IPv4, the subnet's directed broadcast.
  [[nodiscard]] constexpr Address last() const { return base_.filled(length_); }
  // Whether `address` is the subnet's own or its directed broadcast, which no station has. An IPv4
  // /31 (RFC 3021) or /32 and an IPv6 subnet have neither.
  [[nodiscard]] bool sets_aside(const Address& address) const;

  // NOLINTNEXTLINE(modernize-use-nullptr): likewise
  friend constexpr auto operator<=>(const Prefix&, const Prefix&) = default;

 private:
  Address base_;
  std::uint8_t length_ = 0;
};

// An address inside a block, as an interface has it: 10.1.1.1/24.
struct InterfaceAddress {
  Address address;
  Prefix network;
  friend constexpr auto operator<=>(const InterfaceAddress&, const InterfaceAddress&) = default;
};

// Ports in host order, both ends included, first <= last.
struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0xffff;
  [[nodiscard]] constexpr bool contains(std::uint16_t port) const {
    return first <= port && port <= last;
  }
  [[nodiscard]] constexpr bool overlaps(PortRange other) const {
    return first <= other.last && other.first <= last;
  }
  [[nodiscard]] constexpr unsigned size() const { return 1U + last - first; }
  // NOLINTNEXTLINE(modernize-use-nullptr): likewise
  friend constexpr auto operator<=>(PortRange, PortRange) = default;
};

// An address and a port in host order. For ICMP queries the port is the identifier, for protocols
// without ports it is 0.
struct Endpoint {
  Address address;
  std::uint16_t port = 0;
  friend constexpr auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

// An address and the ports that are meant at it.
struct EndpointRange {
  Address address;
  PortRange ports;
  friend constexpr auto operator<=>(const EndpointRange&, const EndpointRange&) = default;
};

// One direction of a conversation.
struct Tuple {
  Protocol protocol{};
  Endpoint source;
  Endpoint destination;
  [[nodiscard]] constexpr Tuple reversed() const { return {protocol, destination, source}; }
  friend constexpr auto operator<=>(const Tuple&, const Tuple&) = default;
};

Result<Mac> parse_mac(std::string_view text);
Result<Address> parse_address(std::string_view text);
// A prefix whose host bits are zero; a bare address is a block of one.
Result<Prefix> parse_prefix(std::string_view text);
// An address that one station may have, with the length of its network.
Result<InterfaceAddress> parse_interface_address(std::string_view text);
Result<std::uint16_t> parse_port(std::string_view text);    // 1 to 65535
Result<PortRange> parse_port_range(std::string_view text);  // "80" or "80-90"
Result<Endpoint> parse_endpoint(std::string_view text);     // "203.0.113.7:80", "[2001:db8::7]:80"
Result<EndpointRange> parse_endpoint_range(std::string_view text);  // "203.0.113.7:80-90"
Result<Protocol> parse_protocol(std::string_view text);             // "tcp", or a number 0 to 255

std::string to_string(Mac mac);
std::string to_string(Address address);
std::string to_string(Prefix prefix);
std::string to_string(const InterfaceAddress& address);
std::string to_string(PortRange ports);
std::string to_string(const Endpoint& endpoint);
std::string to_string(const EndpointRange& endpoint);
std::string to_string(Protocol protocol);
std::string to_string(const Tuple& tuple);  // "10.1.1.2:40000 > 198.51.100.9:80"

}  // namespace viaduct
