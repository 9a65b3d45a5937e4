#pragma once

#include <set>
#include <string>

#include "services/guest/dhcp/settings.h"
#include "services/guest/dnsmasq/configuration.h"

namespace viaduct::serving {

// The tag of clients that have a dhcp-host, as dnsmasq gives it.
inline constexpr const char* known_tag = "known";

// What is known beforehand of the tags of a subnet's clients.
struct SubnetTags {
  std::set<std::string> of_all;
  std::set<std::string> of_none;
};

// What dnsmasq has and we have not.
inline auto unsupported(const dnsmasq::Source& source, const std::string& what) {
  return fail(Fault::invalid, to_string(source), what + " is not supported");
}

// Adds to a subnet what a configuration in dnsmasq's syntax says of DHCP options and boot files.
// Errors have `where` FILE:LINE.
Result<void> add_options(dhcp::Subnet& subnet, const SubnetTags& tags,
                         const dnsmasq::Configuration& configuration);

}  // namespace viaduct::serving
