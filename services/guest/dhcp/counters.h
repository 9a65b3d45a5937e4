#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace viaduct::dhcp {

// What the server counts in each network: what has come in, and what has become of it, of which
// each message has one.
enum class Event : std::uint8_t {
  received,
  offered,
  acknowledged,
  refused,    // by a DHCPNAK
  released,   // by its client
  declined,   // an address that its client found in use
  withdrawn,  // an offer: the client took another server's
  // Not answered, because
  malformed,           // it is not a DHCP message
  not_from_client,     // it is a reply, or of a kind that only servers send
  no_ethernet_client,  // its hardware address is none of one Ethernet station
  no_subnet,           // the server serves none where the client is
  unknown_client,      // it has no reservation or lease, and the subnet no ranges
  exhausted,           // the ranges have no address left, or as many leases as they may
  too_many_clients,    // more clients that are not known came in a second than may
  not_held,            // it gives back an address that is not its own
};
constexpr std::size_t event_count = 15;

inline constexpr std::array<std::string_view, event_count> event_names{
    "received",  "offered",        "acknowledged", "refused",          "released",
    "declined",  "withdrawn",      "malformed",    "not_from_client",  "no_ethernet_client",
    "no_subnet", "unknown_client", "exhausted",    "too_many_clients", "not_held"};

class Counters {
 public:
  void add(Event event) { ++counts_[static_cast<std::size_t>(event)]; }
  [[nodiscard]] std::uint64_t of(Event event) const {
    return counts_[static_cast<std::size_t>(event)];
  }

 private:
  std::array<std::uint64_t, event_count> counts_{};
};

}  // namespace viaduct::dhcp
