#include "controlplane/cloudstack/command_line.h"

#include <algorithm>
#include <array>

#include "controlplane/cloudstack/fields.h"

namespace viaduct::cloudstack {
namespace {

constexpr std::size_t longest = std::size_t{1} << 16;  // bytes, of a whole line
constexpr unsigned devices_at_boot = 64;
constexpr std::string_view default_domain = "cloudnine.internal";

constexpr std::array known_keys{
    "advert_int",
    "authorized_key",
    "cidrsize",
    "dhcprange",
    "disable_rp_filter",
    "dns1",
    "dns2",
    "dnssearchorder",
    "domain",
    "exposedns",
    "extra_pubnics",
    "gateway",
    "guestbrd",
    "guestcidr6size",
    "guestcidrsize",
    "guestgw",
    "guestgw6",
    "has_public_network",
    "internaldns1",
    "internaldns2",
    "ip6dns1",
    "ip6dns2",
    "ip6firewall",
    "ip6gateway",
    "is_routed",
    "localgw",
    "logrotatefrequency",
    "mgmtcidr",
    "name",
    "nic_macs",
    "privateMtu",
    "publicMtu",
    "redundant_router",
    "redundant_state",
    "router_id",
    "source_nat_ip",
    "sshonguest",
    "template",
    "type",
    "useextdns",
    "userouteripresolver",
    "vpc_firewall_enabled",
    "vpccidr",
};

// Whether the key is that of a NIC: eth2ip, eth2mask, eth2ip6, eth2ip6prelen.
bool is_nic_key(std::string_view key) {
  if (!key.starts_with("eth")) return false;
  const auto digits = key.find_first_not_of("0123456789", 3);
  if (digits == 3 || digits == key.npos) return false;
  const std::string_view what = key.substr(digits);
  return what == "ip" || what == "mask" || what == "ip6" || what == "ip6prelen";
}

Result<Role> parse_role(const std::string& type) {
  if (type == "router") return Role::isolated;
  if (type == "dhcpsrvr") return Role::shared;
  if (type == "vpcrouter") return Role::vpc;
  if (type == "ilbvm") return Role::internal_balancer;
  return fail(Fault::invalid, "/type",
              "a router is of type router, dhcpsrvr, vpcrouter or ilbvm; this one says '" +
                  type.substr(0, 32) + "'");
}

Result<std::optional<InterfaceAddress>> read_address(const Fields& keys, const std::string& address,
                                                     const std::string& mask) {
  const auto own = TRY(keys.address(address));
  if (!own) return std::optional<InterfaceAddress>{};
  const auto length = parse_mask(TRY(keys.needed_text(mask)));
  if (!length) return fail_within("/" + mask, length.error());
  if (!own->is_unicast()) return fail(Fault::invalid, "/" + address, "is no station's address");
  return std::optional{in_network(*own, *length)};
}

Result<void> read_addresses(const Fields& keys, CommandLine& line) {
  for (unsigned device = 0; device < devices_at_boot; ++device) {
    const std::string nic = "eth" + std::to_string(device);
    const auto address = TRY(read_address(keys, nic + "ip", nic + "mask"));
    if (address) line.addresses.push_back({device, *address});
  }
  line.gateway = TRY(keys.address("gateway"));
  line.source_nat = TRY(keys.address("source_nat_ip"));
  return {};
}

Result<void> read_names(const Fields& keys, CommandLine& line) {
  line.domain = TRY(keys.text("domain"));
  if (line.domain.empty()) line.domain = default_domain;
  for (const char* key : {"dns1", "dns2"}) {
    const auto resolver = TRY(keys.address(key));
    if (resolver && resolver->is_unicast()) line.resolvers.push_back(*resolver);
  }
  line.search = TRY(keys.list("dnssearchorder"));
  line.has_own_resolver = !TRY(keys.flag("useextdns"));
  line.is_only_resolver = TRY(keys.flag("userouteripresolver"));
  return {};
}

Result<void> read_pair(const Fields& keys, CommandLine& line) {
  line.is_redundant = TRY(keys.flag("redundant_router"));
  line.is_first_of_pair = TRY(keys.text("redundant_state")) == "PRIMARY";
  line.virtual_gateway = TRY(keys.address("guestgw"));
  return {};
}

}  // namespace

Result<CommandLine> CommandLine::read(const api::Json& keys) {
  const Fields fields{keys};
  TRY(fields.check());
  CommandLine line;
  const std::string type = TRY(fields.needed_text("type"));
  line.role = TRY(parse_role(type));
  TRY(read_addresses(fields, line));
  TRY(read_names(fields, line));
  TRY(read_pair(fields, line));
  line.is_routed = TRY(fields.flag("is_routed"));
  line.guest_mtu = TRY(fields.number("privateMtu"));
  line.public_mtu = TRY(fields.number("publicMtu"));
  const std::string supernet = TRY(fields.text("vpccidr"));
  if (supernet.empty()) return line;
  const auto block = parse_block(supernet);
  if (!block) return fail_within("/vpccidr", block.error());
  line.supernet = *block;
  return line;
}

Result<api::Json> parse_command_line(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  if (text.size() > longest) {
    return fail(Fault::too_large, "", "longer than " + std::to_string(longest) + " bytes");
  }
  api::Json keys = api::Json::object();
  while (true) {
    const auto begin = text.find_first_not_of(blanks);
    if (begin == text.npos) return keys;
    text.remove_prefix(begin);
    const std::string_view word = text.substr(0, text.find_first_of(blanks));
    text.remove_prefix(word.size());
    const auto equals = word.find('=');
    if (equals == word.npos || equals == 0) continue;
    keys[std::string{word.substr(0, equals)}] = std::string{word.substr(equals + 1)};
  }
}

api::Json kept_keys(const api::Json& keys, Notes& notes) {
  api::Json kept = api::Json::object();
  for (const auto& [key, value] : keys.items()) {
    if (std::ranges::find(known_keys, key) == known_keys.end() && !is_nic_key(key)) {
      notes.add(Note::ignored, "cmdline", key, "is no key that a router keeps");
    } else if (key == "redundant_router") {
      kept[key] = value == "1" || value == "true" ? "true" : "false";
    } else {
      kept[key] = value;
    }
  }
  return kept;
}

}  // namespace viaduct::cloudstack
