#include "controlplane/cloudstack/translate.h"

#include <algorithm>
#include <array>

#include "controlplane/cloudstack/translators.h"

namespace viaduct::cloudstack {
namespace {

constexpr std::array translated{
    "dhcp_reservations", "dhcp_subnets",   "dns_hosts",         "dns_settings",
    "egress_rules",      "firewall_rules", "interfaces",        "metadata_guests",
    "metadata_networks", "networks",       "password_networks", "passwords",
    "port_forwards",     "routes",         "source_nats",       "static_nats",
};

struct Kept {
  std::string_view type;
  std::string_view why;
};

constexpr std::array kept_types{
    Kept{"bgppeers", "BGP is kept, but not applied yet"},
    Kept{"ipv6firewallrules", "IPv6 is kept, but not applied yet"},
    Kept{"loadbalancer", "load balancing is kept, but not applied yet"},
    Kept{"networkacl",
         "network ACLs are kept, but not applied yet: nothing may enter a tier, and "
         "what an ACL denies to leave keeps everything in"},
    Kept{"remoteaccessvpn", "remote access is kept, but not applied yet, and without its key"},
    Kept{"site2sitevpn", "site-to-site VPN is kept, but not applied yet, and without its key"},
    Kept{"staticroutes", "routes of private gateways are kept, but not applied yet"},
    Kept{"vpnuserlist", "remote access is kept, but not applied yet, and without passwords"},
};

void note_kept(const Entries& entries, Notes& notes) {
  for (const auto& [type, why] : kept_types) {
    each_of(entries, type, [&, type = type, why = why](const std::string& id, const api::Json&) {
      notes.add(Note::not_applied, type, id, why);
    });
  }
}

void note_ipv6(const Entries& entries, Notes& notes) {
  const auto line = entries.find("cmdline.vr");
  if (line == entries.end()) return;
  const api::Json& keys = line->second.content.json().value("cmd_line", api::Json::object());
  for (const auto& [key, value] : keys.items()) {
    if (key.find("ip6") == key.npos && key != "guestgw6") continue;
    notes.add(Note::not_applied, "cmdline", key, "IPv6 is kept, but not applied yet");
  }
}

}  // namespace

bool is_translated(std::string_view collection) {
  return std::ranges::find(translated, collection) != translated.end();
}

Translation translate(const Entries& entries, std::uint16_t largest_mtu) {
  Translation out;
  note_kept(entries, out.notes);
  note_ipv6(entries, out.notes);
  auto site = survey(entries, out.notes);
  if (!site) return out;
  site->largest_mtu = largest_mtu;
  add_networks(*site, entries, out);
  add_rules(*site, entries, out);
  add_services(*site, entries, out);
  return out;
}

}  // namespace viaduct::cloudstack
