#include "controlplane/kernel/links.h"

#include <net/if.h>

#include <algorithm>

#include "controlplane/kernel/furnishing.h"

namespace viaduct::kernel {
namespace {

Result<void> set_up(nl_sock* socket, rtnl_link* link, const interface::Compiled& interface) {
  if (rtnl_link_get_mtu(link) == interface.mtu && (rtnl_link_get_flags(link) & IFF_UP) != 0) {
    return {};
  }
  const LinkObject wanted{rtnl_link_alloc()};
  rtnl_link_set_mtu(wanted.get(), interface.mtu);
  rtnl_link_set_flags(wanted.get(), IFF_UP);
  return netlink_outcome(rtnl_link_change(socket, link, wanted.get(), 0),
                         "cannot set up " + interface.id);
}

bool has_ipv6_address(const interface::Compiled& interface) {
  return std::ranges::any_of(interface.addresses,
                             [](const auto& own) { return !own.address.is_v4(); });
}

Result<void> add(nl_sock* socket, const PresentLink& link, const InterfaceAddress& own) {
  const AddressObject address{rtnl_addr_alloc()};
  rtnl_addr_set_ifindex(address.get(), link.index);
  TRY(netlink_outcome(
      rtnl_addr_set_local(address.get(), to_netlink(own.address, own.network.length()).get()),
      "cannot express " + to_string(own)));
  return netlink_outcome(rtnl_addr_add(socket, address.get(), NLM_F_CREATE),
                         "cannot give " + link.interface->id + " the address " + to_string(own));
}

Result<void> converge_addresses(nl_sock* socket, const NetlinkCache& addresses,
                                const PresentLink& link) {
  const auto& wanted = link.interface->addresses;
  std::vector<InterfaceAddress> present;
  std::vector<rtnl_addr*> extra;
  for_each_object<rtnl_addr>(addresses, [&](rtnl_addr* address) {
    if (rtnl_addr_get_ifindex(address) != link.index) return;
    const InterfaceAddress own = from_netlink(rtnl_addr_get_local(address));
    if (std::ranges::find(wanted, own) == wanted.end()) {
      extra.push_back(address);
    } else {
      present.push_back(own);
    }
  });
  for (rtnl_addr* address : extra) {
    TRY(netlink_outcome(rtnl_addr_delete(socket, address, 0),
                        "cannot take an address from " + link.interface->id));
  }
  for (const InterfaceAddress& own : wanted) {
    if (std::ranges::find(present, own) == present.end()) TRY(add(socket, link, own));
  }
  return {};
}

}  // namespace

Result<std::vector<PresentLink>> converge_links(nl_sock* socket,
                                                const interface::Table& interfaces) {
  nl_cache* links = nullptr;
  nl_cache* addresses = nullptr;
  TRY(netlink_outcome(rtnl_link_alloc_cache(socket, AF_UNSPEC, &links), "cannot list links"));
  const NetlinkCache owned_links{links};
  TRY(netlink_outcome(rtnl_addr_alloc_cache(socket, &addresses), "cannot list addresses"));
  const NetlinkCache owned_addresses{addresses};

  std::vector<PresentLink> present;
  for (const interface::Compiled& interface : interfaces.all()) {
    const LinkObject link{rtnl_link_get_by_name(links, interface.id.c_str())};
    if (!link) continue;
    present.push_back({&interface, rtnl_link_get_ifindex(link.get())});
    TRY(set_up(socket, link.get(), interface));
    TRY(set_ipv6(interface.id, has_ipv6_address(interface)));
    TRY(converge_addresses(socket, owned_addresses, present.back()));
  }
  return present;
}

}  // namespace viaduct::kernel
