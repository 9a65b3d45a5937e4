#pragma once

#include "services/guest/dnsmasq/configuration.h"
#include "services/guest/serving/site.h"

namespace viaduct::serving {

// What a configuration in dnsmasq's syntax asks for on these interfaces, those of the namespace
// that it is for. What it asks for and cannot be had is an error, with `where` FILE:LINE.
Result<Site> from_dnsmasq(const dnsmasq::Configuration& configuration,
                          const std::vector<Interface>& interfaces);

}  // namespace viaduct::serving
