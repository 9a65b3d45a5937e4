#include <optional>

#include "api/json.h"
#include "controlplane/cloudstack_entry/delivery.h"
#include "controlplane/cloudstack_entry/entry_points.h"

namespace viaduct::cloudstack_entry {
namespace {

using api::Json;

std::optional<std::string> interface_with(const Json& router, const std::string& address) {
  const Json interfaces = router.value("interfaces", Json::object());
  for (const auto& [name, interface] : interfaces.items()) {
    for (const Json& each : interface.value("addresses", Json::array())) {
      if (each == address) return name;
    }
  }
  return {};
}

bool is_of_same_nic(const Json& one, const Json& other) {
  for (const char* name : {"vif_mac_address", "nic_dev_id"}) {
    if (one.value(name, Json{}) != other.value(name, Json{})) return false;
  }
  return true;
}

// What said which MTU the NIC of `ip` has: the messages with its addresses, or the command line.
std::optional<Json> part_for(const Json& contents, const std::string& ip, unsigned mtu) {
  if (const auto known = contents.find("ips." + ip); known != contents.end()) {
    Json addresses = Json::array();
    for (const auto& [id, content] : contents.items()) {
      if (!id.starts_with("ips.") || !is_of_same_nic(content, *known)) continue;
      addresses.push_back(content);
      addresses.back()["mtu"] = mtu;
    }
    return Json{{"type", "ips"}, {"content", {{"type", "ips"}, {"ip_address", addresses}}}};
  }
  for (const auto& [id, content] : contents.items()) {
    if (!id.starts_with("cmdline")) continue;
    Json keys = content.contains("cmd_line") ? content["cmd_line"] : content;
    keys[keys.value("eth0ip", "") == ip ? "privateMtu" : "publicMtu"] = std::to_string(mtu);
    return Json{{"type", "cmdline"}, {"content", {{"type", "cmdline"}, {"cmd_line", keys}}}};
  }
  return {};
}

}  // namespace

int update_interface(Site& site, const Arguments& arguments) {
  if (arguments.size() != 4 || !is_short_number(arguments[2])) {
    return report(site, {Fault::malformed, "",
                         "usage: update_interface_config.sh ADDRESS LENGTH MTU SECONDS"});
  }
  const std::string& ip = arguments[0];
  const auto config = site.client.ask({.method = "GET", .path = "/v1/config"});
  if (!config) return report(site, config.error());
  const api::Json::json_pointer place{"/routers/" + std::string{router_id}};
  const Json router = config->contains(place) ? (*config)[place] : Json::object();
  const auto name = interface_with(router, ip + "/" + arguments[1]);
  if (!name) {
    site.out << "Interface with IP " << ip << " not found\n";
    return 1;
  }
  const auto contents = delivered(site);
  if (!contents) return report(site, contents.error());
  const auto part = part_for(*contents, ip, static_cast<unsigned>(std::stoul(arguments[2])));
  if (!part) {
    return report(site, {Fault::not_found, ip, "no message has set the MTU of this address"});
  }
  const auto answer = deliver(site, Json::array({*part}), Strictness::strict);
  if (!answer) return report(site, answer.error());
  site.out << *name << "\n";
  return 0;
}

}  // namespace viaduct::cloudstack_entry
