#include <algorithm>

#include "controlplane/cloudstack/fields.h"
#include "controlplane/cloudstack/translators.h"

namespace viaduct::cloudstack {
namespace {

std::string port_of(const Network& network) {
  return "vr." + network.nic.name;
}

// Isolated: the offering's policy, as its rules tell it. The rule of the system is what allows;
// without it, an offering that allows by default denies.
bool allows_by_rules(const Entries& entries) {
  bool allows = false;
  each_of(entries, "firewallrules", [&](const std::string& /*id*/, const api::Json& content) {
    const auto rule = FirewallRecord::read(content);
    allows |= rule && rule->is_egress && rule->is_system && rule->allows_by_default;
  });
  return allows;
}

// Tiers: everything may leave, unless an ACL says otherwise. While ACLs are not applied, such a
// list keeps all of it in.
bool allows_by_acl(const Network& network, const Entries& entries) {
  bool denies = false;
  each_of(entries, "networkacl", [&](const std::string& /*id*/, const api::Json& content) {
    const auto mac = Fields{content}.mac("mac_address");
    const bool is_its_own =
        (mac && *mac == network.nic.mac) || content.value("device", "") == network.nic.name;
    if (!is_its_own) return;
    const Result<void> allowed =
        each_item(content, "egress_rules", [](const api::Json& item) -> Result<void> {
          if (Fields{item}.flag("allowed").value_or(false)) return {};
          return fail(Fault::conflict, "", "denies");
        });
    denies |= !allowed;
  });
  return !denies;
}

// Where nothing may go from a tier while ACLs, private gateways and their routes are not applied.
std::vector<Prefix> kept_apart(const Site& site, const Entries& entries) {
  std::vector<Prefix> apart;
  if (site.line.supernet && site.line.supernet->is_v4()) apart.push_back(*site.line.supernet);
  each_of(entries, "ips", [&](const std::string& /*id*/, const api::Json& content) {
    const auto record = AddressRecord::read(content);
    if (record && record->side == AddressRecord::Side::private_gateway) {
      apart.push_back(record->address.network);
    }
  });
  each_of(entries, "staticroutes", [&](const std::string& /*id*/, const api::Json& content) {
    const auto blocks = Fields{content}.blocks("network");
    if (blocks) apart.insert(apart.end(), blocks->begin(), blocks->end());
  });
  return apart;
}

std::string_view role_of(const Site& site, const Network& network) {
  if (network.side == Side::guest) return "guest";
  return site.translates() ? "public" : "private";
}

std::uint64_t mtu_of(const Site& site, const Network& network, Notes& notes) {
  const std::uint64_t mtu = site.mtu_of(network);
  if (network.mtu.value_or(mtu) != mtu) {
    notes.add(Note::odd, "mtu", network.nic.name,
              "is not from 576 to " + std::to_string(site.largest_mtu));
  }
  return mtu;
}

api::Json interface_of(const Site& site, const Network& network, const Entries& entries,
                       Notes& notes) {
  api::Json body = {{"role", role_of(site, network)},
                    {"port", port_of(network)},
                    {"mac", to_string(network.nic.mac)},
                    {"addresses", texts_of(network.addresses)},
                    {"mtu", mtu_of(site, network, notes)}};
  if (network.side != Side::guest) return body;
  body["egress"] = egress_policy(site, network, entries).allows ? "allow" : "deny";
  body["egress_on_change"] = "drain";  // as all that the reference once let go
  if (site.line.role == Role::internal_balancer) {
    body["services"] = api::Json::array();
  } else if (!site.line.has_own_resolver && site.line.role != Role::vpc) {
    body["services"] = {"dhcp", "metadata", "password"};
  }
  return body;
}

// A default route by each network outside, for answers to leave where questions came in; that of
// the uplink comes first.
void add_routes(const Site& site, Translation& out) {
  const Network* const uplink = site.uplink();
  const auto add = [&](const Network& network, const Address& gateway, bool is_first) {
    if (!network.takes(gateway)) {
      return out.notes.add(Note::odd, "gateway", network.nic.name,
                           to_string(gateway) + " is not another station of its network");
    }
    out.add("routes", is_first ? "default" : "default." + network.nic.name,
            {{"prefix", "0.0.0.0/0"}, {"via", to_string(gateway)}});
  };
  for (const Network& network : site.networks) {
    if (network.side != Side::external || !network.gateway) continue;
    add(network, *network.gateway, &network == uplink);
  }
  if (uplink != nullptr || !site.line.gateway) return;
  const Network* guest = site.find(Side::guest, *site.line.gateway);
  if (guest == nullptr && site.line.role == Role::shared && !site.networks.empty()) {
    guest = &site.networks.front();
  }
  if (guest != nullptr) add(*guest, *site.line.gateway, true);
}

}  // namespace

EgressPolicy egress_policy(const Site& site, const Network& network, const Entries& entries) {
  if (site.line.role != Role::vpc) return {allows_by_rules(entries), {}};
  const bool allows = !site.line.is_routed && allows_by_acl(network, entries);
  return {allows, allows ? kept_apart(site, entries) : std::vector<Prefix>{}};
}

void add_networks(const Site& site, const Entries& entries, Translation& out) {
  for (const Network& network : site.networks) {
    const std::string& id = network.nic.name;
    api::Json port = {{"device", network.nic.device}};
    if (!network.nic.network_namespace.empty()) port["namespace"] = network.nic.network_namespace;
    out.ports.push_back({port_of(network), std::move(port)});
    out.add("interfaces", id, interface_of(site, network, entries, out.notes));
    if (network.side == Side::guest) out.add("networks", id, {{"helpers", {"ftp", "pptp"}}});
  }
  add_routes(site, out);
}

}  // namespace viaduct::cloudstack
