#include <vector>

#include "controlplane/cloudstack/balancer_check.h"
#include "controlplane/cloudstack/fields.h"
#include "controlplane/cloudstack/mergers.h"

// Messages of what the appliance does not do yet. Their secrets are not kept.
namespace viaduct::cloudstack {
namespace {

void erase_all(Entries& entries, std::string_view type) {
  std::vector<std::string> gone;
  each_of(entries, type,
          [&](const std::string& id, const api::Json& /*content*/) { gone.push_back(id); });
  for (const std::string& id : gone) entries.erase(id);
}

// A connection that `create` makes and unmakes, known by the address in field `key`.
Result<void> merge_connection(std::string_view type, std::string_view key, std::string_view secret,
                              const api::Json& content, Entries& entries) {
  const Fields fields{content};
  const std::string peer = TRY(fields.needed_text(key));
  const std::string id = entry_id(type, peer);
  if (!TRY(fields.flag("create"))) {
    entries.erase(id);
    return {};
  }
  return keep(entries, id, described(content, {secret}));
}

Result<void> merge_vpn_user(const api::Json& item, Entries& entries) {
  const Fields fields{item};
  const std::string name = TRY(fields.needed_text("user"));
  const std::string id = entry_id("vpnuserlist", name);
  if (!TRY(fields.flag("add", true))) {
    entries.erase(id);
    return {};
  }
  return keep(entries, id, described(item, {"password"}));
}

Result<void> merge_bgp_peer(const api::Json& item, Entries& entries) {
  const Fields fields{item};
  const auto peer = TRY(fields.number("peer_id"));
  if (!peer) return {};  // says that its network has none
  const std::uint64_t network = TRY(fields.needed_number("network_id"));
  TRY(fields.needed_number("peer_as_number"));
  const std::string key = std::to_string(*peer) + "." + std::to_string(network);
  return keep(entries, entry_id("bgppeers", key), described(item, {"peer_password"}));
}

}  // namespace

Result<void> merge_balancer(const api::Json& content, State& state, Notes& /*notes*/) {
  TRY(check_balancer(content));
  return keep(state.entries, "loadbalancer.vr", without_secrets(described(content)));
}

Result<void> merge_site_vpn(const api::Json& content, State& state, Notes& /*notes*/) {
  return merge_connection("site2sitevpn", "peer_gateway_ip", "ipsec_psk", content, state.entries);
}

Result<void> merge_remote_access(const api::Json& content, State& state, Notes& /*notes*/) {
  return merge_connection("remoteaccessvpn", "vpn_server_ip", "preshared_key", content,
                          state.entries);
}

Result<void> merge_vpn_users(const api::Json& content, State& state, Notes& /*notes*/) {
  return each_item(content, "vpn_users",
                   [&](const api::Json& item) { return merge_vpn_user(item, state.entries); });
}

// What health checks compare with is an object of texts.
Result<void> check_monitoring(const api::Json& content) {
  const Fields fields{content};
  for (const char* name : {"config", "excluded_health_checks"}) TRY(fields.text(name));
  for (const char* name : {"health_checks_enabled", "disable_monitoring"}) TRY(fields.flag(name));
  for (const char* name :
       {"health_checks_basic_run_interval", "health_checks_advanced_run_interval"}) {
    TRY(fields.number(name));
  }
  const api::Json* const reference = fields.find("health_checks_config");
  if (reference == nullptr) return {};
  const std::string where = "/health_checks_config";
  if (!reference->is_object()) return fail(Fault::invalid, where, "expected an object of texts");
  for (const auto& [name, value] : reference->items()) {
    if (value.is_string() || value.is_null()) continue;
    return fail(Fault::invalid, where + "/" + api::pointer_token(name), "expected a text");
  }
  return {};
}

// Each message says some of it anew.
Result<void> merge_monitoring(const api::Json& content, State& state, Notes& /*notes*/) {
  TRY(check_monitoring(content));
  const std::string id = "monitorservice.vr";
  const auto known = state.entries.find(id);
  api::Json merged =
      known == state.entries.end() ? api::Json::object() : known->second.content.json();
  const api::Json told = described(content);
  for (const auto& [name, value] : told.items()) {
    if (!value.is_null()) merged[name] = value;
  }
  return keep(state.entries, id, std::move(merged));
}

// All peers are told each time.
Result<void> merge_bgp_peers(const api::Json& content, State& state, Notes& /*notes*/) {
  erase_all(state.entries, "bgppeers");
  return each_item(content, "peers",
                   [&](const api::Json& item) { return merge_bgp_peer(item, state.entries); });
}

}  // namespace viaduct::cloudstack
