#pragma once

#include <string>
#include <vector>

#include "services/guest/dhcp/bytes.h"
#include "services/guest/dhcp/values.h"

// The values of options that are more than a number or a text.
namespace viaduct::dhcp {

// A list of IPv4 addresses.
[[nodiscard]] Bytes encode_addresses(const std::vector<Address>& addresses);

// RFC 3397: DNS names, later ones pointing to ends that earlier ones have (RFC 1035 4.1.4).
// REQUIRES: they are domain names.
[[nodiscard]] Bytes encode_search(const std::vector<std::string>& domains);

// RFC 3442: of each destination its length and as many bytes as that needs, then the gateway.
[[nodiscard]] Bytes encode_routes(const std::vector<Route>& routes);

}  // namespace viaduct::dhcp
