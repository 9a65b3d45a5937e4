#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "services/guest/dhcp/message.h"
#include "services/guest/dhcp/served_subnet.h"
#include "services/guest/dhcp/settings.h"

namespace viaduct::dhcp {

// A datagram to be sent.
struct Reply {
  Bytes bytes;
  Endpoint source;       // the server's address in the client's subnet, and port 67
  Endpoint destination;  // 255.255.255.255 is to be broadcast on the guest network
  // Whose Ethernet address is this: the client has no IP address yet, and does not answer ARP.
  std::optional<Mac> station;
  // To be kept back until this commit is stored; 0 for none.
  std::uint64_t after_commit = 0;
};

// What a reply is made of.
struct Terms {
  const Message& request;
  const ServedSubnet& subnet;
  const Reservation* reservation;  // the client's; nullptr if it has none
};

// In seconds: what is configured, or less if the client asks for less; `infinite` for ever.
[[nodiscard]] std::uint32_t lease_time(const Terms& terms);

// DHCPOFFER or DHCPACK of an address, for lease_time().
[[nodiscard]] Reply grant(const Terms& terms, Kind kind, const Address& address);
// DHCPACK to DHCPINFORM: options alone (RFC 2131 4.3.5).
[[nodiscard]] Reply inform(const Terms& terms);
// DHCPNAK, with a reason that people read.
[[nodiscard]] Reply refuse(const Terms& terms, std::string_view why);

}  // namespace viaduct::dhcp
