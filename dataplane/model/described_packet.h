#pragma once

#include <string>

#include "api/field.h"

namespace viaduct {

// TCP's flags by their first letters, from the lowest bit up.
constexpr std::string_view tcp_flag_letters = "FSRPAU";

// A packet as an operator describes it to `explain`.
struct DescribedPacket {
  std::string router;
  std::string interface;
  Protocol protocol{};
  std::string source;       // address, or address:port for TCP and UDP
  std::string destination;  // likewise
  api::Ranged<std::uint8_t, 0, 255> icmp_type = 8;
  api::Ranged<std::uint8_t, 0, 255> icmp_code = 0;
  std::string tcp_flags = "S";  // letters of tcp_flag_letters
  api::Ranged<std::uint8_t, 0, 255> ttl = 64;
  api::Ranged<std::uint16_t, 28, 9000> length = 64;  // of the IP packet
  bool dont_fragment = true;

  static constexpr std::string_view summary = "A packet, described.";
  static constexpr std::tuple fields{
      api::Field{"router", &DescribedPacket::router, "router that it comes to"},
      api::Field{"interface", &DescribedPacket::interface, "interface that it comes in by"},
      api::Field{"protocol", &DescribedPacket::protocol, "tcp, udp, icmp, gre, esp or a number"},
      api::Field{"source", &DescribedPacket::source, "address, or address:port for tcp and udp"},
      api::Field{"destination", &DescribedPacket::destination,
                 "address, or address:port for tcp and udp"},
      api::Field{"icmp_type", &DescribedPacket::icmp_type, "icmp: type", api::Presence::optional},
      api::Field{"icmp_code", &DescribedPacket::icmp_code, "icmp: code", api::Presence::optional},
      api::Field{"tcp_flags", &DescribedPacket::tcp_flags, "tcp: letters of FSRPAU",
                 api::Presence::optional},
      api::Field{"ttl", &DescribedPacket::ttl, "time to live", api::Presence::optional},
      api::Field{"length", &DescribedPacket::length, "bytes of the IP packet",
                 api::Presence::optional},
      api::Field{"dont_fragment", &DescribedPacket::dont_fragment,
                 "whether it has to stay in one piece", api::Presence::optional},
  };
  [[nodiscard]] Result<void> check() const;
};

// The tuple that it describes; for ICMP the identifier is 0.
Result<Tuple> tuple_of(const DescribedPacket& packet);

}  // namespace viaduct
