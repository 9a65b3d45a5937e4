#include "controlplane/cloudstack/databags.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "controlplane/cloudstack/fields.h"
#include "controlplane/cloudstack/nic.h"
#include "dataplane/interface/interface.h"

namespace viaduct::cloudstack {
namespace {

constexpr std::size_t largest = std::size_t{32} << 20;  // bytes, of one file

using Messages = std::vector<api::Json>;

// How the messages that a databag was made of are told from it. Each of its attributes but "id" is
// one of the things that messages of its type speak of.
using Teller = Messages (*)(const api::Json& bag);

template <class Visit>
void each_thing(const api::Json& bag, Visit visit) {
  for (const auto& [key, value] : bag.items()) {
    if (key != "id") visit(key, value);
  }
}

// Things, or lists of them, that are messages as they stand.
Messages tell_things(const api::Json& bag) {
  Messages messages;
  each_thing(bag, [&](const std::string& /*key*/, const api::Json& value) {
    if (value.is_array()) {
      messages.insert(messages.end(), value.begin(), value.end());
    } else {
      messages.push_back(value);
    }
  });
  return messages;
}

Messages in_list(const char* name, Messages items) {
  return {api::Json{{name, api::Json(std::move(items))}}};
}
// A message for each, so that one that is refused takes no other with it.
Messages one_by_one(const char* name, Messages items) {
  for (api::Json& item : items) item = {{name, api::Json::array({std::move(item)})}};
  return items;
}

// What was absent stands there as the word for it in Python.
Messages tell_addresses(const api::Json& bag) {
  Messages addresses = tell_things(bag);
  for (api::Json& address : addresses) {
    if (!address.is_object()) continue;
    std::vector<std::string> absent;
    for (const auto& [name, value] : address.items()) {
      if (value == "None") absent.push_back(name);
    }
    for (const std::string& name : absent) address.erase(name);
  }
  return one_by_one("ip_address", std::move(addresses));
}
Messages tell_rules(const api::Json& bag) {
  return one_by_one("rules", tell_things(bag));
}
Messages tell_routes(const api::Json& bag) {
  return one_by_one("routes", tell_things(bag));
}
Messages tell_users(const api::Json& bag) {
  return one_by_one("vpn_users", tell_things(bag));
}
Messages tell_peers(const api::Json& bag) {
  return in_list("peers", tell_things(bag));
}
Messages tell_balancer(const api::Json& bag) {
  return in_list("rules", tell_things(bag));
}

Messages tell_command_line(const api::Json& bag) {
  const char* const name = bag.contains("config") ? "config" : "cmd_line";
  return {api::Json{{"cmd_line", bag.value(name, api::Json::object())}}};
}

Messages tell_metadata(const api::Json& bag) {
  Messages messages;
  each_thing(bag, [&](const std::string& address, const api::Json& files) {
    messages.push_back({{"vm_ip_address", address}, {"vm_metadata", files}});
  });
  return messages;
}

Messages tell_monitoring(const api::Json& bag) {
  return {bag};
}

// A forward or a static NAT as the databag writes it, as the message did.
api::Json rule_of(const api::Json& kept) {
  const auto text = [&](const char* name) { return Fields{kept}.text(name).value_or(""); };
  api::Json rule = {{"source_ip_address", text("public_ip")},
                    {"destination_ip_address", text("internal_ip")}};
  if (text("type") == "staticnat") return rule;
  rule["protocol"] = text("protocol");
  rule["source_port_range"] = text("public_ports");
  rule["destination_port_range"] = text("internal_ports");
  rule["source_cidr_list"] = text("source_cidr_list");
  return rule;
}

Messages tell_translations(const api::Json& bag, bool are_static) {
  Messages rules;
  for (const api::Json& kept : tell_things(bag)) {
    const bool is_static = Fields{kept}.text("type").value_or("") == "staticnat";
    if (is_static == are_static) rules.push_back(rule_of(kept));
  }
  return one_by_one("rules", std::move(rules));
}
Messages tell_forwards(const api::Json& bag) {
  return tell_translations(bag, false);
}
Messages tell_static_nats(const api::Json& bag) {
  return tell_translations(bag, true);
}

struct Source {
  const char* file;
  const char* type;
  Teller tell;
};

// In an order in which everything is there that is spoken of.
constexpr std::array sources{
    Source{"cmdline.json", "cmdline", tell_command_line},
    Source{"ips.json", "ips", tell_addresses},
    Source{"guestnetwork.json", "guestnetwork", tell_things},
    Source{"forwardingrules.json", "staticnatrules", tell_static_nats},
    Source{"forwardingrules.json", "forwardrules", tell_forwards},
    Source{"firewallrules.json", "firewallrules", tell_rules},
    Source{"ipv6firewallrules.json", "ipv6firewallrules", tell_rules},
    Source{"networkacl.json", "networkacl", tell_things},
    Source{"staticroutes.json", "staticroutes", tell_routes},
    Source{"dhcpentry.json", "dhcpentry", tell_things},
    Source{"vmdata.json", "vmdata", tell_metadata},
    Source{"loadbalancer.json", "loadbalancer", tell_balancer},
    Source{"site2sitevpn.json", "site2sitevpn", tell_things},
    Source{"remoteaccessvpn.json", "remoteaccessvpn", tell_things},
    Source{"vpnuserlist.json", "vpnuserlist", tell_users},
    Source{"monitorservice.json", "monitorservice", tell_monitoring},
    Source{"bgppeers.json", "bgppeers", tell_peers},
};

Result<api::Json> read_bag(const std::filesystem::path& path) {
  std::error_code problem;
  const auto size = std::filesystem::file_size(path, problem);
  if (problem) return fail(Fault::not_found, path.string(), problem.message());
  if (size > largest) return fail(Fault::too_large, path.string(), "is larger than 32 MiB");
  std::ifstream file{path};
  auto bag = api::parse_json(std::string{std::istreambuf_iterator<char>{file}, {}});
  if (!bag) return fail(Fault::invalid, path.string(), bag.error().why);
  if (!bag->is_object()) return fail(Fault::invalid, path.string(), "is no JSON object");
  return bag;
}

// The NICs that addresses and tiers are on.
class NicFinder {
 public:
  void look_at(const api::Json& message) {
    if (const api::Json* all = Fields{message}.find("ip_address")) {
      for (const api::Json& item : *all) note(item, "nic_dev_id", "vif_mac_address");
    }
    if (const api::Json* boot = Fields{message}.find("cmd_line"); boot && boot->is_object()) {
      for (const auto& [key, value] : boot->items()) look_at_key(key);
    }
    note(message, "device", "mac_address");
  }

  [[nodiscard]] std::vector<Nic> found() const {
    std::vector<Nic> nics;
    for (const auto& [number, mac] : macs_) {
      const std::string name = "eth" + std::to_string(number);
      nics.push_back({.name = name,
                      .mac = mac.value_or(interface::derived_mac("vr", name)),
                      .device = "net_null" + std::to_string(number),
                      .network_namespace = ""});
    }
    return nics;
  }

 private:
  // eth0ip, eth0mask ...
  void look_at_key(std::string_view key) {
    constexpr std::string_view address = "ip";
    if (!key.ends_with(address)) return;
    if (const auto number =
            device_number(std::string{key.substr(0, key.size() - address.size())})) {
      macs_.try_emplace(*number);
    }
  }
  void note(const api::Json& item, const char* number_field, const char* mac_field) {
    std::string name = Fields{item}.text(number_field).value_or("");
    if (name.empty()) name = Fields{item}.text("device").value_or("");
    if (!name.starts_with("eth")) name.insert(0, "eth");
    const auto number = device_number(name);
    if (!number) return;
    auto& mac = macs_[*number];
    if (!mac) mac = Fields{item}.mac(mac_field).value_or(std::nullopt);
  }
  std::map<unsigned, std::optional<Mac>> macs_;
};

bool is_tombstone(const api::Json& message) {
  return Fields{message}.flag("remove").value_or(false);
}

}  // namespace

Result<Request> read_databags(const std::string& directory) {
  Request request{.is_strict = false, .is_reset = false, .nics = {}, .parts = {}};
  NicFinder nics;
  for (const auto& [file, type, tell] : sources) {
    const auto bag = read_bag(std::filesystem::path{directory} / file);
    if (!bag && bag.error().fault == Fault::not_found) continue;
    if (!bag) return tl::unexpected<Error>{bag.error()};
    Part part;
    for (api::Json& message : tell(*bag)) {
      if (is_tombstone(message)) continue;
      nics.look_at(message);
      part.messages.push_back({"", file, type, std::move(message)});
    }
    request.parts.push_back(std::move(part));
  }
  if (request.parts.empty()) {
    return fail(Fault::not_found, directory, "there is no databag of a router here");
  }
  request.nics = nics.found();
  return request;
}

}  // namespace viaduct::cloudstack
