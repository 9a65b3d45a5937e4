#include "controlplane/cloudstack/merge.h"

#include <algorithm>
#include <array>

#include "controlplane/cloudstack/fields.h"
#include "controlplane/cloudstack/mergers.h"

namespace viaduct::cloudstack {
namespace {

using Merger = Result<void> (*)(const api::Json& content, State& state, Notes& notes);

struct Type {
  std::string_view name;
  Merger merge;
};

constexpr std::array types{
    Type{"bgppeers", merge_bgp_peers},
    Type{"cmdline", merge_command_line},
    Type{"dhcpconfig", merge_dhcp_configuration},
    Type{"dhcpentry", merge_guest},
    Type{"firewallrules", merge_firewall_rules},
    Type{"forwardrules", merge_forwards},
    Type{"guestnetwork", merge_tier},
    Type{"ipaliases", merge_aliases},
    Type{"ips", merge_addresses},
    Type{"ipv6firewallrules", merge_ipv6_firewall_rules},
    Type{"loadbalancer", merge_balancer},
    Type{"monitorservice", merge_monitoring},
    Type{"networkacl", merge_network_acl},
    Type{"remoteaccessvpn", merge_remote_access},
    Type{"site2sitevpn", merge_site_vpn},
    Type{"staticnatrules", merge_static_nats},
    Type{"staticroutes", merge_static_routes},
    Type{"vmdata", merge_metadata},
    Type{"vmpassword", merge_password},
    Type{"vpnuserlist", merge_vpn_users},
};

const Type* find(std::string_view name) {
  const auto found = std::ranges::find(types, name, &Type::name);
  return found == types.end() ? nullptr : &*found;
}

}  // namespace

bool is_known_type(std::string_view type) {
  return find(type) != nullptr;
}

Result<void> merge_message(std::string_view type, const api::Json& content, State& state,
                           Notes& notes) {
  const Type* const known = find(type);
  if (known == nullptr) {
    return fail(Fault::not_found, "/type",
                "'" + std::string{type.substr(0, 64)} + "' is no type of message");
  }
  const Fields fields{content};
  TRY(fields.check());
  const std::string own_type = TRY(fields.text("type"));
  if (!own_type.empty() && own_type != type) {
    return fail(Fault::invalid, "/type", "is not '" + std::string{type} + "'");
  }
  State next = state;
  Notes said;
  TRY(known->merge(content, next, said));
  state = std::move(next);
  notes.append(said);
  return {};
}

api::Json described(const api::Json& content, std::initializer_list<std::string_view> secrets) {
  api::Json kept = api::Json::object();
  for (const auto& [name, value] : content.items()) {
    const bool is_about_message = name == "type" || name == "delete_from_processed_cache";
    if (is_about_message || std::ranges::find(secrets, name) != secrets.end()) continue;
    api::append(kept, name, value);
  }
  return kept;
}

Result<void> keep(Entries& entries, const std::string& id, api::Json content) {
  if (id.size() > Entry::longest_id) {
    return fail(Fault::too_large, "", "is known by a name that is too long");
  }
  const auto known = entries.find(id);
  Entry entry{Content{std::move(content)}};
  if (known != entries.end() && known->second == entry) return {};
  entries.insert_or_assign(id, std::move(entry));
  return api::check_size(entries.size());
}

}  // namespace viaduct::cloudstack
