#pragma once

#include <string_view>

#include "base/result.h"
#include "services/guest/dnsmasq/configuration.h"

// The values of the options about DHCP. Their results have no `source` yet, their errors no
// `where`.
namespace viaduct::dnsmasq {

Result<DhcpRange> parse_dhcp_range(std::string_view value);
Result<DhcpHost> parse_dhcp_host(std::string_view value);
Result<DhcpOption> parse_dhcp_option(std::string_view value);
Result<DhcpBoot> parse_dhcp_boot(std::string_view value);
Result<DhcpIgnore> parse_dhcp_ignore(std::string_view value);

}  // namespace viaduct::dnsmasq
