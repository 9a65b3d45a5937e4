#pragma once

#include <cstdint>
#include <cstring>

#include "dataplane/core/packet.h"
#include "dataplane/flow/icmp_ports.h"

// Reads what comes after the IP header.
namespace viaduct::parse {

// What a packet says above IP: two ports, as they lie in memory, next to each other; or that it
// makes no sense. One number, since an optional one is written in pieces and read as a whole, which
// stalls for ten cycles a packet.
class Ports {
 public:
  constexpr explicit Ports(std::uint32_t ports) : value_(ports) {}
  static constexpr Ports nonsense() { return Ports{}; }
  [[nodiscard]] constexpr bool make_sense() const { return value_ != none; }
  // REQUIRES: they make sense.
  [[nodiscard]] constexpr std::uint32_t bits() const { return static_cast<std::uint32_t>(value_); }

 private:
  static constexpr std::uint64_t none = ~std::uint64_t{0};
  constexpr Ports() : value_(none) {}
  std::uint64_t value_;
};

inline std::uint32_t ports_at(const void* header) noexcept {
  std::uint32_t ports = 0;
  std::memcpy(&ports, header, sizeof ports);
  return ports;
}

inline Ports read_tcp(Packet& packet, const rte_tcp_hdr& tcp, std::uint32_t length) noexcept {
  if (length < sizeof(rte_tcp_hdr)) return Ports::nonsense();
  const std::uint32_t header = std::uint32_t{tcp.data_off} >> 4 << 2;
  packet.tcp_flags = tcp.tcp_flags;
  const bool contradicts = (tcp.tcp_flags & (RTE_TCP_SYN_FLAG | RTE_TCP_FIN_FLAG)) ==
                           (RTE_TCP_SYN_FLAG | RTE_TCP_FIN_FLAG);
  const bool is_sane = header >= sizeof(rte_tcp_hdr) && header <= length && !contradicts &&
                       tcp.src_port != 0 && tcp.dst_port != 0;
  return is_sane ? Ports{ports_at(&tcp)} : Ports::nonsense();
}

inline Ports read_udp(const rte_udp_hdr& udp, std::uint32_t length) noexcept {
  if (length < sizeof(rte_udp_hdr)) return Ports::nonsense();
  // What comes after the datagram is options (RFC 9868).
  const std::uint16_t datagram = Be16::raw(udp.dgram_len).host();
  const bool is_sane = datagram >= sizeof(rte_udp_hdr) && datagram <= length && udp.dst_port != 0;
  return is_sane ? Ports{ports_at(&udp)} : Ports::nonsense();
}

inline Ports read_icmp(Packet& packet, std::uint32_t length) noexcept {
  if (length < sizeof(rte_icmp_hdr)) return Ports::nonsense();
  const auto& icmp = packet.icmp();
  packet.icmp_type = icmp.icmp_type;
  packet.icmp_code = icmp.icmp_code;
  const flow::IcmpPorts ports = flow::icmp_ports(icmp);
  packet.icmp_query = ports.is_query;
  packet.icmp_answer = ports.is_answer;
  packet.icmp_error = icmp.icmp_type == 3 ||   // destination unreachable
                      icmp.icmp_type == 11 ||  // time exceeded
                      icmp.icmp_type == 12;    // parameter problem
  const bool is_sane = packet.icmp_error ? length >= sizeof(rte_icmp_hdr) + sizeof(rte_ipv4_hdr) + 8
                                         : !ports.is_query || icmp.icmp_code == 0;
  return is_sane ? Ports{ports_at(&ports)} : Ports::nonsense();
}

// The call that an enhanced GRE packet is of, in the place of the port that it goes to, where calls
// are told apart; no ports else.
[[nodiscard]] Ports read_gre(const Packet& packet, std::uint32_t length) noexcept;

// As a call of its own it would cost the parser ten cycles a packet.
[[gnu::always_inline]] inline Ports read_transport(Packet& packet, Protocol protocol,
                                                   std::uint32_t length) noexcept {
  switch (protocol) {
    case Protocol::udp:
      return read_udp(packet.udp(), length);
    case Protocol::tcp:
      return read_tcp(packet, packet.tcp(), length);
    case Protocol::icmp:
      return read_icmp(packet, length);
    case Protocol::gre:
      return read_gre(packet, length);
    default:
      return Ports{0};
  }
}

}  // namespace viaduct::parse
