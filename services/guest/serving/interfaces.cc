#include "services/guest/serving/interfaces.h"

#include <ifaddrs.h>
#include <net/if.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>

#include "base/errno_text.h"
#include "services/guest/serving/socket_address.h"

namespace viaduct::serving {
namespace {

// How many bits of a mask are set.
unsigned length_of(const sockaddr* mask) {
  SocketAddress copy;
  std::memcpy(copy.get(), mask,
              mask->sa_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
  const Address bits = copy.endpoint().address;
  if (bits.is_v4()) {
    return Address::v4_offset + static_cast<unsigned>(std::popcount(bits.as_v4().bits()));
  }
  return static_cast<unsigned>(std::popcount(bits.high()) + std::popcount(bits.low()));
}

}  // namespace

Result<std::vector<Interface>> interfaces_here() {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) {
    return fail(Fault::failed, "", std::string{"cannot list interfaces: "} + errno_text());
  }
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> all{first, freeifaddrs};
  std::vector<Interface> interfaces;
  for (const ifaddrs* each = all.get(); each != nullptr; each = each->ifa_next) {
    const bool is_up = (each->ifa_flags & IFF_UP) != 0 && (each->ifa_flags & IFF_LOOPBACK) == 0;
    // DNS over IPv6 is for networks that have it; link-local addresses need a scope.
    if (!is_up || each->ifa_addr == nullptr || each->ifa_addr->sa_family != AF_INET) continue;
    SocketAddress address;
    std::memcpy(address.get(), each->ifa_addr, sizeof(sockaddr_in));
    const Address own = address.endpoint().address;
    auto known = std::ranges::find(interfaces, each->ifa_name, &Interface::name);
    if (known == interfaces.end()) {
      interfaces.push_back({.name = each->ifa_name});
      known = interfaces.end() - 1;
    }
    known->addresses.push_back({own, Prefix{own, length_of(each->ifa_netmask)}});
  }
  return interfaces;
}

}  // namespace viaduct::serving
