#pragma once

#include "controlplane/cloudstack/merge.h"

// How messages of each type are merged. They may leave `state` half changed when they fail.
namespace viaduct::cloudstack {

// A copy of `content` without what does not describe the thing itself, and without `secrets`.
[[nodiscard]] api::Json described(const api::Json& content,
                                  std::initializer_list<std::string_view> secrets = {});

// Makes or replaces an entry. Fault::too_large if the key is too long.
[[nodiscard]] Result<void> keep(Entries& entries, const std::string& id, api::Json content);

Result<void> merge_addresses(const api::Json& content, State& state, Notes& notes);
Result<void> merge_aliases(const api::Json& content, State& state, Notes& notes);
Result<void> merge_command_line(const api::Json& content, State& state, Notes& notes);
Result<void> merge_tier(const api::Json& content, State& state, Notes& notes);

Result<void> merge_firewall_rules(const api::Json& content, State& state, Notes& notes);
Result<void> merge_ipv6_firewall_rules(const api::Json& content, State& state, Notes& notes);
Result<void> merge_forwards(const api::Json& content, State& state, Notes& notes);
Result<void> merge_static_nats(const api::Json& content, State& state, Notes& notes);
Result<void> merge_network_acl(const api::Json& content, State& state, Notes& notes);
Result<void> merge_static_routes(const api::Json& content, State& state, Notes& notes);

Result<void> merge_guest(const api::Json& content, State& state, Notes& notes);
Result<void> merge_dhcp_configuration(const api::Json& content, State& state, Notes& notes);
Result<void> merge_metadata(const api::Json& content, State& state, Notes& notes);
Result<void> merge_password(const api::Json& content, State& state, Notes& notes);

Result<void> merge_balancer(const api::Json& content, State& state, Notes& notes);
Result<void> merge_site_vpn(const api::Json& content, State& state, Notes& notes);
Result<void> merge_remote_access(const api::Json& content, State& state, Notes& notes);
Result<void> merge_vpn_users(const api::Json& content, State& state, Notes& notes);
Result<void> merge_monitoring(const api::Json& content, State& state, Notes& notes);
Result<void> merge_bgp_peers(const api::Json& content, State& state, Notes& notes);

}  // namespace viaduct::cloudstack
