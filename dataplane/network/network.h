#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "api/resource.h"

// How the traffic of one guest network is translated, remembered and protected.
namespace viaduct::network {

// What a mapping, or what it lets in, depends on (RFC 4787 4.1, 5).
enum class Dependence : std::uint8_t { endpoint_independent, address, address_and_port };

// What guests see as the source of those who reach them by a public endpoint from their own network
// (RFC 4787 6).
enum class Hairpin : std::uint8_t { router, public_endpoint };

// Whether a guest keeps its public address (RFC 4787 4.1, REQ-2).
enum class Pooling : std::uint8_t { paired, arbitrary };

// Who looks into conversations that announce others (RFC 2663 2.9: application level gateway).
enum class Helper : std::uint8_t { ftp, tftp, sip, pptp };

struct Settings {
  using Seconds = api::Ranged<std::uint32_t, 1, 604'800>;
  Dependence mapping = Dependence::endpoint_independent;
  Dependence filtering = Dependence::address_and_port;
  Pooling pooling = Pooling::paired;
  Hairpin hairpin_source = Hairpin::router;
  bool preserve_port = true;
  bool preserve_parity = true;
  api::Ranged<std::uint16_t, 0, 16'384> port_block = 0;
  api::Ranged<std::uint32_t, 1, 65'536> ports_per_guest = 32'768;
  api::Ranged<std::uint32_t, 0, 1'000'000'000> sessions_per_guest = 0;
  api::Ranged<std::uint32_t, 1, 65'536> half_open_per_guest = 1024;
  Seconds tcp_established_timeout = 7440;  // RFC 5382 REQ-5
  Seconds tcp_transitory_timeout = 240;    // RFC 5382 REQ-5
  Seconds udp_timeout = 300;               // RFC 4787 REQ-5
  Seconds icmp_timeout = 60;               // RFC 5508 REQ-1
  bool check_resets = true;
  bool clamp_mss = true;
  std::vector<Helper> helpers;

  static constexpr std::string_view collection = "networks";
  static constexpr std::string_view summary =
      "How the traffic of a guest network is translated, remembered and protected. Its id is that "
      "of the network's interface; a network without one has the defaults.";
  static constexpr std::size_t longest_id = 15;
  static constexpr std::tuple fields{
      api::Field{"mapping", &Settings::mapping,
                 "what the public endpoint of a guest endpoint depends on, in source NAT (RFC "
                 "4787 4.1)",
                 api::Presence::optional},
      api::Field{"filtering", &Settings::filtering,
                 "who may send to a guest by the public endpoint that source NAT gave it (RFC 4787 "
                 "5): anybody; the addresses, or only the endpoints, that it has sent to",
                 api::Presence::optional},
      api::Field{"pooling", &Settings::pooling,
                 "where there are several public addresses: whether a guest keeps one (paired), or "
                 "gets one for each of its endpoints (arbitrary)",
                 api::Presence::optional},
      api::Field{"hairpin_source", &Settings::hairpin_source,
                 "what guests see as the source of a guest of their own network that reaches them "
                 "by a public endpoint: the router, or the public endpoint of that guest (RFC 4787 "
                 "REQ-9)",
                 api::Presence::optional},
      api::Field{"preserve_port", &Settings::preserve_port,
                 "whether a guest's own port number is its public one, where that is free",
                 api::Presence::optional},
      api::Field{
          "preserve_parity", &Settings::preserve_parity,
          "UDP: whether an even port becomes an even one, and an odd one odd, where there is "
          "such a one (RFC 4787 4.2.2)",
          api::Presence::optional},
      api::Field{"port_block", &Settings::port_block,
                 "public ports are set aside for a guest so many at a time, a power of two from 64 "
                 "on, and a guest's own number and parity count within its blocks alone; 0 for one "
                 "by one",
                 api::Presence::optional},
      api::Field{"ports_per_guest", &Settings::ports_per_guest,
                 "how many ports of a public address, of each protocol, one guest may hold at a "
                 "time (RFC 6888 REQ-4)",
                 api::Presence::optional},
      api::Field{"sessions_per_guest", &Settings::sessions_per_guest,
                 "how many live sessions one guest may have; 0 for an eighth of the table",
                 api::Presence::optional},
      api::Field{"half_open_per_guest", &Settings::half_open_per_guest,
                 "how many TCP sessions of one guest may be waiting for their handshake, by each "
                 "worker; the oldest ends for a newer one",
                 api::Presence::optional},
      api::Field{"tcp_established_timeout", &Settings::tcp_established_timeout,
                 "seconds without a packet after which an established TCP session ends",
                 api::Presence::optional},
      api::Field{"tcp_transitory_timeout", &Settings::tcp_transitory_timeout,
                 "the same for one that is opening or closing", api::Presence::optional},
      api::Field{"udp_timeout", &Settings::udp_timeout,
                 "the same for UDP and for protocols without a setting of their own",
                 api::Presence::optional},
      api::Field{"icmp_timeout", &Settings::icmp_timeout, "the same for ICMP",
                 api::Presence::optional},
      api::Field{"check_resets", &Settings::check_resets,
                 "whether a TCP reset passes only if its sequence number is one that its receiver "
                 "may be waiting for (RFC 5961)",
                 api::Presence::optional},
      api::Field{"clamp_mss", &Settings::clamp_mss,
                 "whether TCP handshakes are kept from asking for larger segments than both "
                 "interfaces' MTU takes",
                 api::Presence::optional},
      api::Field{
          "helpers", &Settings::helpers,
          "protocols whose messages are looked into, so that what they announce is translated "
          "and let in: FTP's data connections (control port 21), TFTP's transfers (port 69), the "
          "media and the requests of SIP over UDP (port 5060), the calls of PPTP (control port "
          "1723), "
          "whose GRE is told apart by their ids",
          api::Presence::optional},
  };
  [[nodiscard]] bool has(Helper helper) const noexcept {
    return std::ranges::find(helpers, helper) != helpers.end();
  }
  [[nodiscard]] Result<void> check() const;
  friend bool operator==(const Settings&, const Settings&) = default;
};

// Of a network that says nothing.
inline constexpr Settings defaults;

}  // namespace viaduct::network

namespace viaduct {

template <>
struct api::Names<network::Dependence> {
  static constexpr std::array table{
      std::pair{network::Dependence::endpoint_independent,
                std::string_view{"endpoint-independent"}},
      std::pair{network::Dependence::address, std::string_view{"address-dependent"}},
      std::pair{network::Dependence::address_and_port,
                std::string_view{"address-and-port-dependent"}}};
};
template <>
struct api::Names<network::Hairpin> {
  static constexpr std::array table{
      std::pair{network::Hairpin::router, std::string_view{"router"}},
      std::pair{network::Hairpin::public_endpoint, std::string_view{"public"}}};
};
template <>
struct api::Names<network::Helper> {
  static constexpr std::array table{std::pair{network::Helper::ftp, std::string_view{"ftp"}},
                                    std::pair{network::Helper::tftp, std::string_view{"tftp"}},
                                    std::pair{network::Helper::sip, std::string_view{"sip"}},
                                    std::pair{network::Helper::pptp, std::string_view{"pptp"}}};
};
template <>
struct api::Names<network::Pooling> {
  static constexpr std::array table{
      std::pair{network::Pooling::paired, std::string_view{"paired"}},
      std::pair{network::Pooling::arbitrary, std::string_view{"arbitrary"}}};
};

}  // namespace viaduct

VIADUCT_DECLARE_RESOURCE(viaduct::network::Settings);
