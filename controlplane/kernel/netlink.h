#pragma once

#include <netlink/cache.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/route.h>
#include <netlink/socket.h>

#include <memory>
#include <string>

#include "base/net.h"
#include "base/result.h"
#include "controlplane/kernel/release.h"

// libnl's objects with owners, and its codes as errors.
namespace viaduct::kernel {

using NetlinkSocket = std::unique_ptr<nl_sock, Release<nl_socket_free>>;
using NetlinkCache = std::unique_ptr<nl_cache, Release<nl_cache_free>>;
using NetlinkAddress = std::unique_ptr<nl_addr, Release<nl_addr_put>>;
using LinkObject = std::unique_ptr<rtnl_link, Release<rtnl_link_put>>;
using AddressObject = std::unique_ptr<rtnl_addr, Release<rtnl_addr_put>>;
using RouteObject = std::unique_ptr<rtnl_route, Release<rtnl_route_put>>;

// A socket for requests to the calling thread's network namespace; it keeps to that one.
Result<NetlinkSocket> connect_netlink();

// What a libnl call came to: 0 or more is success.
Result<void> netlink_outcome(int code, const std::string& tried);

// `length` as Prefix::length() counts.
NetlinkAddress to_netlink(const Address& address, unsigned length = Address::bits);
// The block that a libnl address stands for, its host bits kept; REQUIRES an address of IPv4 or
// IPv6. An absent one (nullptr) is no address.
InterfaceAddress from_netlink(nl_addr* address);

// Calls visit(Object*) for everything in a cache that holds Objects.
template <class Object, class Visit>
void for_each_object(const NetlinkCache& cache, Visit visit) {
  for (nl_object* at = nl_cache_get_first(cache.get()); at != nullptr; at = nl_cache_get_next(at)) {
    visit(reinterpret_cast<Object*>(at));
  }
}

}  // namespace viaduct::kernel
