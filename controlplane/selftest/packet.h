#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/net.h"

// IPv4 packets as the self-test speaks of them: a writer and a reader that share nothing with the
// packet path, so that neither's mistakes hide the other's.
namespace viaduct::selftest {

using Bytes = std::vector<std::uint8_t>;

enum TcpFlag : std::uint8_t { fin = 1, syn = 2, rst = 4, psh = 8, ack = 16 };

namespace icmp {
constexpr std::uint8_t echo_reply = 0;
constexpr std::uint8_t unreachable = 3;
constexpr std::uint8_t echo = 8;
constexpr std::uint8_t time_exceeded = 11;
constexpr std::uint8_t port_unreachable_code = 3;
constexpr std::uint8_t fragmentation_needed_code = 4;
constexpr std::uint8_t prohibited_code = 13;
}  // namespace icmp

// Ports, lengths and numbers are in host order.
struct Packet {
  Protocol protocol{};
  Endpoint source;       // of an ICMP query, the port is the identifier
  Endpoint destination;  // likewise
  std::uint8_t ttl = 64;
  std::uint16_t identification = 0;
  bool may_fragment = false;
  std::uint16_t offset = 0;  // of a fragment, in bytes
  bool has_more = false;     // fragments come after it

  std::uint8_t flags = 0;  // TCP
  std::uint32_t sequence = 0;
  std::uint32_t acknowledges = 0;

  std::uint8_t type = icmp::echo;
  std::uint8_t code = 0;
  std::uint16_t mtu = 0;  // what a "fragmentation needed" tells

  Bytes payload;         // after the header; of an ICMP error, the packet it is about
  bool is_sound = true;  // as read: whether all checksums are right

  [[nodiscard]] bool is_icmp_error() const;
  // Whether `flag` and no other of SYN, ACK, RST and FIN is set.
  [[nodiscard]] bool is(std::uint8_t only) const;
};

Bytes write(const Packet& packet);
// Nothing if it is no IPv4 packet of a length that holds its headers. What follows the first
// eight bytes of a quoted packet may be missing; then is_sound tells of its IP header only.
std::optional<Packet> read(std::span<const std::uint8_t> bytes, bool is_quoted = false);
// The packet that an ICMP error is about.
std::optional<Packet> quoted(const Packet& error);

// An IP packet in pieces that carry `size` bytes each, a multiple of 8.
std::vector<Bytes> fragments(const Packet& whole, std::size_t size);

// Shortcuts.
Packet udp(const Endpoint& source, const Endpoint& destination);
Packet tcp(const Endpoint& source, const Endpoint& destination, std::uint8_t flags);
Packet ping(const Endpoint& source, const Address& destination);
Packet pong(const Packet& ping);
// About `packet` as it was received, from its receiver or a router on its way.
Packet icmp_error(std::uint8_t type, std::uint8_t code, const Address& from, const Packet& packet);

}  // namespace viaduct::selftest
