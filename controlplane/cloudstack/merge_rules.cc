#include <algorithm>
#include <vector>

#include "controlplane/cloudstack/fields.h"
#include "controlplane/cloudstack/mergers.h"
#include "controlplane/cloudstack/records.h"

// Messages that say who may speak to whom, and as whom.
namespace viaduct::cloudstack {
namespace {

// A firewall rule that is known stays as it is: the server never changes one.
Result<void> merge_rule(std::string_view type, const api::Json& item, Entries& entries) {
  const Fields fields{item};
  const std::uint64_t number = TRY(fields.needed_number("id"));
  const std::string id = entry_id(type, std::to_string(number));
  if (TRY(fields.flag("revoked"))) {
    entries.erase(id);
    return {};
  }
  TRY(FirewallRecord::read(item));
  if (entries.contains(id)) return {};
  return keep(entries, id, described(item));
}

// --- Forwards and static NAT, which share what is known of an address

std::string forward_prefix(const ForwardRecord& rule) {
  const std::string address = to_string(rule.public_endpoint.address);
  return address + "." + to_string(rule.protocol) + "." + to_string(rule.public_endpoint.ports);
}

// Of rules of one public endpoint, two are the same if their lists have a block in common.
bool has_same_sources(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  if (a.empty() || b.empty()) return a.empty() && b.empty();
  return std::ranges::any_of(
      a, [&](const std::string& block) { return std::ranges::find(b, block) != b.end(); });
}

// The entry that the rule is or becomes. Lists without a block in common begin differently.
Result<std::string> find_forward(const Entries& entries, const ForwardRecord& rule) {
  const std::string key = forward_prefix(rule);
  const std::string id = entry_id("forwardrules", key);
  std::string found;
  each_beginning(entries, id, [&](const std::string& other, const api::Json& content) {
    const auto known = ForwardRecord::read(content);
    if (!known || forward_prefix(*known) != key) return;
    if (has_same_sources(known->sources, rule.sources)) found = other;
  });
  if (!found.empty()) return found;
  if (rule.sources.empty()) return id;
  std::string block = *std::ranges::min_element(rule.sources);
  std::ranges::replace(block, '/', '-');
  return entry_id("forwardrules", key + "." + block);
}

Result<void> merge_forward(const api::Json& item, Entries& entries) {
  const Fields fields{item};
  const ForwardRecord rule = TRY(ForwardRecord::read(item));
  const std::string id = TRY(find_forward(entries, rule));
  if (TRY(fields.flag("revoke"))) {
    entries.erase(id);
    return {};
  }
  const auto known = entries.find(id);
  if (known == entries.end()) return keep(entries, id, described(item, {"revoke"}));
  api::Json content = known->second.content.json();
  for (const char* name : {"destination_ip_address", "destination_port_range"}) {
    content[name] = item.at(name);
  }
  return keep(entries, id, std::move(content));
}

void erase_forwards(Entries& entries, const Address& address) {
  std::vector<std::string> gone;
  each_beginning(entries, entry_id("forwardrules", to_string(address) + "."),
                 [&](const std::string& id, const api::Json& /*content*/) { gone.push_back(id); });
  for (const std::string& id : gone) entries.erase(id);
}

bool is_in_known_network(const Entries& entries, const Address& address) {
  bool is_known = false;
  each_of(entries, "ips", [&](const std::string& /*id*/, const api::Json& content) {
    const auto own = AddressRecord::read(content);
    is_known |=
        own && own->side == AddressRecord::Side::external && own->address.network.contains(address);
  });
  return is_known;
}

Result<void> merge_static_nat(const api::Json& item, Entries& entries) {
  const Fields fields{item};
  const Address address = TRY(fields.needed_address("source_ip_address"));
  const std::string id = entry_id("staticnatrules", to_string(address));
  if (TRY(fields.flag("revoke"))) {
    erase_forwards(entries, address);
    entries.erase(id);
    return {};
  }
  TRY(StaticNatRecord::read(item));
  if (!is_in_known_network(entries, address)) {
    return fail(Fault::invalid, "/source_ip_address",
                to_string(address) + " is in no public network that this router was told of");
  }
  erase_forwards(entries, address);
  return keep(entries, id, described(item, {"revoke"}));
}

Result<void> merge_route(const api::Json& item, Entries& entries) {
  const Fields fields{item};
  const std::string text = TRY(fields.needed_text("network"));
  const auto network = parse_block(text);
  if (!network) return fail_within("/network", network.error());
  std::string key = to_string(*network);
  std::ranges::replace(key, '/', '-');
  const std::string id = entry_id("staticroutes", key);
  if (TRY(fields.flag("revoke"))) {
    entries.erase(id);
    return {};
  }
  TRY(fields.needed_address("gateway"));
  return keep(entries, id, described(item, {"revoke"}));
}

Result<void> check_acl_rule(const api::Json& item) {
  const Fields fields{item};
  TRY(fields.needed_text("type"));
  TRY(fields.blocks("cidr"));
  TRY(fields.flag("allowed"));
  return {};
}

}  // namespace

Result<void> merge_firewall_rules(const api::Json& content, State& state, Notes& /*notes*/) {
  return each_item(content, "rules", [&](const api::Json& item) {
    return merge_rule("firewallrules", item, state.entries);
  });
}

Result<void> merge_ipv6_firewall_rules(const api::Json& content, State& state, Notes& /*notes*/) {
  return each_item(content, "rules", [&](const api::Json& item) {
    return merge_rule("ipv6firewallrules", item, state.entries);
  });
}

Result<void> merge_forwards(const api::Json& content, State& state, Notes& /*notes*/) {
  return each_item(content, "rules",
                   [&](const api::Json& item) { return merge_forward(item, state.entries); });
}

Result<void> merge_static_nats(const api::Json& content, State& state, Notes& /*notes*/) {
  return each_item(content, "rules",
                   [&](const api::Json& item) { return merge_static_nat(item, state.entries); });
}

Result<void> merge_static_routes(const api::Json& content, State& state, Notes& /*notes*/) {
  return each_item(content, "routes",
                   [&](const api::Json& item) { return merge_route(item, state.entries); });
}

// A list is told as a whole each time.
Result<void> merge_network_acl(const api::Json& content, State& state, Notes& /*notes*/) {
  const std::string device = TRY(Fields{content}.needed_text("device"));
  TRY(each_item(content, "ingress_rules", check_acl_rule));
  TRY(each_item(content, "egress_rules", check_acl_rule));
  return keep(state.entries, entry_id("networkacl", device), described(content));
}

}  // namespace viaduct::cloudstack
