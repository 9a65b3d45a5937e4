#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/net.h"

namespace viaduct {

// What a rule says about protocol, ports and ICMP type; shared by the rooms whose rules say it.
struct Traffic {
  std::optional<Protocol> protocol;
  std::optional<PortRange> ports;  // TCP and UDP: destination ports
  std::optional<std::uint8_t> icmp_type;
  std::optional<std::uint8_t> icmp_code;

  // Ports without TCP or UDP, ICMP attributes without ICMP: errors that name the attribute.
  [[nodiscard]] Result<void> check() const;
  friend bool operator==(const Traffic&, const Traffic&) = default;
};

// The facts of a first packet that rules speak about.
struct TrafficFacts {
  Protocol protocol{};
  std::uint16_t destination_port = 0;
  std::uint8_t icmp_type = 0;
  std::uint8_t icmp_code = 0;
};

[[nodiscard]] constexpr bool matches(const Traffic& rule, const TrafficFacts& packet) {
  if (rule.protocol && *rule.protocol != packet.protocol) return false;
  if (rule.ports && !rule.ports->contains(packet.destination_port)) return false;
  if (rule.icmp_type && *rule.icmp_type != packet.icmp_type) return false;
  return !rule.icmp_code || *rule.icmp_code == packet.icmp_code;
}

// Whether `address` is in one of the prefixes; an empty list means any address.
[[nodiscard]] bool is_listed(std::span<const Prefix> prefixes, const Address& address);

// The attribute `sources` holds no prefix of another address family than that of `peer`: it could
// never match.
[[nodiscard]] Result<void> check_sources(std::span<const Prefix> sources, const Address& peer);

}  // namespace viaduct
