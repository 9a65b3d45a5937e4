#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "services/guest/dnsmasq/configuration.h"

// The values of the options about DNS. Their results have no `source` yet, their errors no `where`.
namespace viaduct::dnsmasq {

Result<UpstreamServer> parse_server(std::string_view value);         // server=, local=
Result<DomainAddress> parse_domain_address(std::string_view value);  // address=
Result<HostRecord> parse_host_record(std::string_view value);
Result<Domain> parse_domain(std::string_view value);

// A line of a hosts file, blank or with a comment too; nothing if there is nothing in it.
Result<std::optional<HostsEntry>> parse_hosts_line(std::string_view line);

}  // namespace viaduct::dnsmasq
