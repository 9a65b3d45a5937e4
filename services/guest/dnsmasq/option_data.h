#pragma once

#include <string_view>

#include "base/result.h"
#include "services/guest/dnsmasq/configuration.h"
#include "services/guest/dnsmasq/option_kinds.h"

namespace viaduct::dnsmasq {

// The value of a DHCP option, trimmed. For DHCPv4 it fits in one option: 255 octets (RFC 2132 2).
Result<OptionData> option_data(std::string_view value, OptionKind kind, bool is_ipv6);

}  // namespace viaduct::dnsmasq
