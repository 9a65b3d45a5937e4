#include "controlplane/cloudstack_entry/own_addresses.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>

#include <array>
#include <memory>
#include <set>

#include "api/json.h"

namespace viaduct::cloudstack_entry {
namespace {

using api::Json;

// Outside of loopback and link.
bool is_told(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    constexpr std::uint32_t link_local = 0xa9fe;  // 169.254.0.0/16
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address).sin_addr;
    return ntohl(v4.s_addr) >> 16U != link_local;
  }
  if (address.sa_family != AF_INET6) return false;
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  return !IN6_IS_ADDR_LINKLOCAL(&v6);
}

std::string text_of(const sockaddr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes =
      address.sa_family == AF_INET
          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in&>(address).sin_addr)
          : &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  return inet_ntop(address.sa_family, bytes, text.data(), text.size()) != nullptr ? text.data()
                                                                                  : "";
}

void add_kernel_addresses(std::set<std::string>& addresses) {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return;
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owned{first, freeifaddrs};
  for (const ifaddrs* each = first; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr || (each->ifa_flags & IFF_LOOPBACK) != 0) continue;
    if (is_told(*each->ifa_addr)) addresses.insert(text_of(*each->ifa_addr));
  }
}

}  // namespace

Result<std::vector<std::string>> own_addresses(Site& site) {
  std::set<std::string> addresses;
  add_kernel_addresses(addresses);
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
