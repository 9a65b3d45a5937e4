#include "controlplane/kernel/routes.h"

#include <linux/rtnetlink.h>
#include <netlink/route/nexthop.h>

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

namespace viaduct::kernel {
namespace {

// A route of the main table, as far as we care.
struct KernelRoute {
  Prefix destination;
  int link = 0;                   // index of the TAP it leaves by
  std::optional<Address> via;     // none: connected
  std::optional<Address> source;  // what daemons speak as, if the route says so
  friend bool operator==(const KernelRoute&, const KernelRoute&) = default;
};

void want_connected(const PresentLink& link, std::vector<KernelRoute>& wanted,
                    std::set<Prefix>& seen) {
  for (const InterfaceAddress& own : link.interface->addresses) {
    const bool is_v4 = own.address.is_v4();
    // The kernel makes the same ones when an address arrives: none for a lone IPv4 address, and
    // with a source only for IPv4.
    if ((is_v4 && own.network.length() == Address::bits) || !seen.insert(own.network).second) {
      continue;
    }
    wanted.push_back({.destination = own.network,
                      .link = link.index,
                      .source = is_v4 ? std::optional{own.address} : std::nullopt});
  }
}

std::vector<KernelRoute> wanted_routes(const CompiledRouter& router,
                                       std::span<const PresentLink> links) {
  std::vector<KernelRoute> wanted;
  std::set<Prefix> seen;  // of two routes to one destination the first by id counts
  for (const PresentLink& link : links) want_connected(link, wanted, seen);
  for (const auto& [id, route] : router.desired.of<route::Route>()) {
    const auto* out = router.interfaces->on_link(route.via);
    const auto link = std::ranges::find(links, out, &PresentLink::interface);
    if (!seen.insert(route.prefix).second || link == links.end()) continue;
    wanted.push_back({.destination = route.prefix, .link = link->index, .via = route.via});
  }
  return wanted;
}

bool is_ours_to_judge(rtnl_route* route, std::span<const PresentLink> links) {
  const auto protocol = rtnl_route_get_protocol(route);
  if (rtnl_route_get_table(route) != RT_TABLE_MAIN || rtnl_route_get_type(route) != RTN_UNICAST ||
      (protocol != RTPROT_KERNEL && protocol != RTPROT_BOOT && protocol != RTPROT_STATIC) ||
      rtnl_route_get_nnexthops(route) != 1) {
    return false;
  }
  const int link = rtnl_route_nh_get_ifindex(rtnl_route_nexthop_n(route, 0));
  return std::ranges::find(links, link, &PresentLink::index) != links.end();
}

KernelRoute read(rtnl_route* route) {
  const auto address = [](nl_addr* given) -> std::optional<Address> {
    if (given == nullptr) return std::nullopt;
    return from_netlink(given).address;
  };
  rtnl_nexthop* hop = rtnl_route_nexthop_n(route, 0);
  return {.destination = from_netlink(rtnl_route_get_dst(route)).network,
          .link = rtnl_route_nh_get_ifindex(hop),
          .via = address(rtnl_route_nh_get_gateway(hop)),
          .source = address(rtnl_route_get_pref_src(route))};
}

Result<void> add(nl_sock* socket, const KernelRoute& wanted) {
  const RouteObject route{rtnl_route_alloc()};
  const std::string task = "cannot add the route to " + to_string(wanted.destination);
  rtnl_route_set_family(route.get(), wanted.destination.is_v4() ? AF_INET : AF_INET6);
  TRY(netlink_outcome(
      rtnl_route_set_dst(route.get(),
                         to_netlink(wanted.destination.base(), wanted.destination.length()).get()),
      task));
  // A connected route goes with its address only if it is the kernel's.
  rtnl_route_set_protocol(route.get(), wanted.via ? RTPROT_STATIC : RTPROT_KERNEL);
  rtnl_route_set_scope(route.get(), wanted.via ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK);
  if (wanted.source) rtnl_route_set_pref_src(route.get(), to_netlink(*wanted.source).get());
  rtnl_nexthop* hop = rtnl_route_nh_alloc();
  rtnl_route_nh_set_ifindex(hop, wanted.link);
  if (wanted.via) rtnl_route_nh_set_gateway(hop, to_netlink(*wanted.via).get());
  rtnl_route_add_nexthop(route.get(), hop);
  return netlink_outcome(rtnl_route_add(socket, route.get(), NLM_F_CREATE | NLM_F_REPLACE), task);
}

}  // namespace

Result<void> converge_routes(nl_sock* socket, const CompiledRouter& router,
                             std::span<const PresentLink> links) {
  nl_cache* routes = nullptr;
  TRY(netlink_outcome(rtnl_route_alloc_cache(socket, AF_UNSPEC, 0, &routes), "cannot list routes"));
  const NetlinkCache owned_routes{routes};

  const auto wanted = wanted_routes(router, links);
  std::vector<KernelRoute> present;
  std::vector<rtnl_route*> extra;
  for_each_object<rtnl_route>(owned_routes, [&](rtnl_route* route) {
    if (!is_ours_to_judge(route, links)) return;
    const KernelRoute found = read(route);
    if (std::ranges::find(wanted, found) == wanted.end()) {
      extra.push_back(route);
    } else {
      present.push_back(found);
    }
  });
  for (rtnl_route* route : extra) {
    TRY(netlink_outcome(rtnl_route_delete(socket, route, 0), "cannot remove a route"));
  }
  for (const KernelRoute& route : wanted) {
    if (std::ranges::find(present, route) == present.end()) TRY(add(socket, route));
  }
  return {};
}

}  // namespace viaduct::kernel
