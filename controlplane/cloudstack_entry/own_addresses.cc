#include "controlplane/cloudstack_entry/own_addresses.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <set>

#include "api/json.h"
#include "base/errno_text.h"
#include "base/net.h"

namespace viaduct::cloudstack_entry {
namespace {

using api::Json;

bool is_of_link(const Address& address) {
  static const std::array networks{parse_prefix("169.254.0.0/16").value(),
                                   parse_prefix("fe80::/10").value()};
  return std::ranges::any_of(networks,
                             [&](const Prefix& network) { return network.contains(address); });
}

// The address of an interface, if it has one of IP.
std::optional<Address> address_of(const sockaddr* address) {
  if (address == nullptr) return {};
  const bool is_v6 = address->sa_family == AF_INET6;
  if (!is_v6 && address->sa_family != AF_INET) return {};
  std::array<char, NI_MAXHOST> text{};
  if (getnameinfo(address, is_v6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in), text.data(),
                  text.size(), nullptr, 0, NI_NUMERICHOST) != 0) {
    return {};
  }
  const auto parsed = parse_address(text.data());  // with a scope it is none, but one of the link
  return parsed ? std::optional{*parsed} : std::nullopt;
}

Result<void> add_kernel_addresses(std::set<std::string>& addresses) {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) {
    return fail(Fault::failed, "", "cannot list interfaces: " + errno_text());
  }
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owned{first, freeifaddrs};
  for (const ifaddrs* each = first; each != nullptr; each = each->ifa_next) {
    const auto own = address_of(each->ifa_addr);
    if (!own || (each->ifa_flags & IFF_LOOPBACK) != 0 || is_of_link(*own)) continue;
    addresses.insert(to_string(*own));
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> own_addresses(Site& site) {
  std::set<std::string> addresses;
  TRY(add_kernel_addresses(addresses));
  const Json config = TRY(site.client.ask({.method = "GET", .path = "/v1/config"}));
  const Json::json_pointer place{"/routers/" + std::string{router_id} + "/interfaces"};
  const Json interfaces = config.contains(place) ? config[place] : Json::object();
  for (const auto& [name, interface] : interfaces.items()) {
    for (const Json& address : interface.value("addresses", Json::array())) {
      const auto text = address.get<std::string>();
      addresses.insert(text.substr(0, text.find('/')));
    }
  }
  return std::vector<std::string>{addresses.begin(), addresses.end()};
}

}  // namespace viaduct::cloudstack_entry
