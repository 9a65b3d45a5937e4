#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "services/guest/dhcp/lease.h"

// How leases are stored: entries one behind the other, of which the last one for an address counts,
// and the last one for a client.
namespace viaduct::dhcp {

// What happened to an address of a network: it has this lease, or none any more. Offers are not
// stored.
struct LeaseChange {
  std::string network;
  Address address;
  std::optional<Lease> lease;
};

// Adds an entry; nullptr for no lease. What is longer than 255 bytes of a name is cut.
void append_change(std::string& record, std::string_view network, const Address& address,
                   const Lease* lease);

// Takes the first entry off `record`. Fault::malformed if it is none that append_change() writes.
[[nodiscard]] Result<LeaseChange> take_change(std::string_view& record);

}  // namespace viaduct::dhcp
