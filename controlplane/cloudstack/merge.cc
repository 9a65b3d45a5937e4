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
  Standing standing;
  Merger merge;
};

constexpr std::array types{
    Type{"bgppeers", Standing::kept, merge_bgp_peers},
    Type{"cmdline", Standing::applied, merge_command_line},
    Type{"dhcpconfig", Standing::dropped, merge_dhcp_configuration},
    Type{"dhcpentry", Standing::applied, merge_guest},
    Type{"firewallrules", Standing::applied, merge_firewall_rules},
    Type{"forwardrules", Standing::applied, merge_forwards},
    Type{"guestnetwork", Standing::applied, merge_tier},
    Type{"ipaliases", Standing::applied, merge_aliases},
    Type{"ips", Standing::applied, merge_addresses},
    Type{"ipv6firewallrules", Standing::kept, merge_ipv6_firewall_rules},
    Type{"loadbalancer", Standing::kept, merge_balancer},
    Type{"monitorservice", Standing::kept, merge_monitoring},
    Type{"networkacl", Standing::kept, merge_network_acl},
    Type{"remoteaccessvpn", Standing::kept, merge_remote_access},
    Type{"site2sitevpn", Standing::kept, merge_site_vpn},
    Type{"staticnatrules", Standing::applied, merge_static_nats},
    Type{"staticroutes", Standing::kept, merge_static_routes},
    Type{"vmdata", Standing::applied, merge_metadata},
    Type{"vmpassword", Standing::applied, merge_password},
    Type{"vpnuserlist", Standing::kept, merge_vpn_users},
};

const Type* find(std::string_view name) {
  const auto found = std::ranges::find(types, name, &Type::name);
  return found == types.end() ? nullptr : &*found;
}

}  // namespace

const Standing* standing_of(std::string_view type) {
  const Type* const known = find(type);
  return known == nullptr ? nullptr : &known->standing;
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
