#pragma once

#include <set>
#include <string>

#include "services/guest/dhcp/settings.h"
#include "services/guest/dnsmasq/configuration.h"

namespace viaduct::serving {

// Adds to a subnet what a configuration in dnsmasq's syntax says of DHCP options and boot files;
// `tags` are those that all clients of the subnet have. Errors have `where` FILE:LINE.
Result<void> add_options(dhcp::Subnet& subnet, const std::set<std::string>& tags,
                         const dnsmasq::Configuration& configuration);

}  // namespace viaduct::serving
