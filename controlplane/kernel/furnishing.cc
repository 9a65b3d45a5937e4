#include "controlplane/kernel/furnishing.h"

#include <fcntl.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <string>

#include "controlplane/kernel/descriptor.h"
#include "controlplane/kernel/netlink.h"
#include "dataplane/model/service.h"

namespace viaduct::kernel {
namespace {

struct Setting {
  std::string_view path;  // below /proc/sys/net
  std::string_view value;
};

// "default" is what a TAP is born with. Where the kernel takes the stricter of "all" and the
// interface's own value, "all" is enough.
constexpr std::array settings{
    // Source NAT leaves these ports of the router's addresses to us (punt::host_ports).
    Setting{"ipv4/ip_local_port_range", "61440 65535"},
    // Only the data plane forwards. First, as it resets others.
    Setting{"ipv4/ip_forward", "0"},
    // A packet may come in by another TAP than the one that its answer would leave by.
    Setting{"ipv4/conf/all/rp_filter", "2"},
    // The data plane answers ARP for the router; the kernel only asks, as the address that it
    // has on that TAP.
    Setting{"ipv4/conf/all/arp_ignore", "8"},
    Setting{"ipv4/conf/all/arp_announce", "2"},
    Setting{"ipv4/conf/all/accept_redirects", "0"},
    Setting{"ipv4/conf/default/accept_redirects", "0"},
    Setting{"ipv4/conf/all/send_redirects", "0"},
    Setting{"ipv4/conf/default/send_redirects", "0"},
    Setting{"ipv4/conf/all/accept_source_route", "0"},
    // Removing the first address of a network must leave its others.
    Setting{"ipv4/conf/all/promote_secondaries", "1"},
};
// No router solicitations, no multicast reports, no link-local addresses, no duplicate detection:
// a TAP is silent until a daemon speaks. Absent where the kernel has no IPv6.
constexpr std::array ipv6_settings{
    Setting{"ipv6/conf/default/disable_ipv6", "1"},
    Setting{"ipv6/conf/default/accept_ra", "0"},
    Setting{"ipv6/conf/default/autoconf", "0"},
    Setting{"ipv6/conf/default/accept_redirects", "0"},
    Setting{"ipv6/conf/default/router_solicitations", "0"},
    Setting{"ipv6/conf/default/accept_dad", "0"},
    Setting{"ipv6/conf/default/addr_gen_mode", "1"},
    Setting{"ipv6/conf/all/forwarding", "0"},
};

Result<void> set(const Setting& setting) {
  const std::string path = "/proc/sys/net/" + std::string{setting.path};
  const Descriptor file{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
  if (!file.is_open() || ::write(file.get(), setting.value.data(), setting.value.size()) < 0) {
    return fail_system("cannot set " + path);
  }
  return {};
}

// The kernel prints a tab between two numbers, and ends the line.
Result<bool> holds(const Setting& setting) {
  const std::string path = "/proc/sys/net/" + std::string{setting.path};
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  std::array<char, 64> printed{};
  const ssize_t size =
      file.is_open() ? ::read(file.get(), printed.data(), printed.size()) : ssize_t{-1};
  if (size <= 0) return fail_system("cannot read " + path);
  const auto end = printed.begin() + size - 1;
  std::replace(printed.begin(), end, '\t', ' ');
  return std::equal(printed.begin(), end, setting.value.begin(), setting.value.end());
}

bool has_ipv6() {
  return ::access("/proc/sys/net/ipv6", F_OK) == 0;
}

Result<LinkObject> loopback(nl_sock* socket) {
  rtnl_link* found = nullptr;
  TRY(netlink_outcome(rtnl_link_get_kernel(socket, 0, "lo", &found), "cannot find the loopback"));
  return LinkObject{found};
}

// On the loopback, since it is the same by every TAP.
Result<void> add_metadata_address(nl_sock* socket, int loopback_index) {
  const AddressObject address{rtnl_addr_alloc()};
  rtnl_addr_set_ifindex(address.get(), loopback_index);
  TRY(netlink_outcome(
      rtnl_addr_set_local(address.get(), to_netlink(punt::metadata_address, Address::bits).get()),
      "cannot express the metadata address"));
  return netlink_outcome(rtnl_addr_add(socket, address.get(), NLM_F_CREATE | NLM_F_REPLACE),
                         "cannot give the loopback the metadata address");
}

}  // namespace

Result<void> furnish(std::string_view mark) {
  for (const Setting& setting : settings) TRY(set(setting));
  if (has_ipv6()) {
    for (const Setting& setting : ipv6_settings) TRY(set(setting));
  }
  const NetlinkSocket socket = TRY(connect_netlink());
  const LinkObject lo = TRY(loopback(socket.get()));
  const LinkObject wanted{rtnl_link_alloc()};
  rtnl_link_set_flags(wanted.get(), IFF_UP);
  rtnl_link_set_ifalias(wanted.get(), std::string{mark}.c_str());
  TRY(netlink_outcome(rtnl_link_change(socket.get(), lo.get(), wanted.get(), 0),
                      "cannot set up the loopback"));
  return add_metadata_address(socket.get(), rtnl_link_get_ifindex(lo.get()));
}

Result<bool> is_furnished(std::string_view mark) {
  const NetlinkSocket socket = TRY(connect_netlink());
  const LinkObject lo = TRY(loopback(socket.get()));
  const char* alias = rtnl_link_get_ifalias(lo.get());
  return alias != nullptr && mark == alias;
}

Result<bool> is_furnished_still() {
  for (const Setting& setting : settings) {
    if (!TRY(holds(setting))) return false;
  }
  if (!has_ipv6()) return true;
  for (const Setting& setting : ipv6_settings) {
    if (!TRY(holds(setting))) return false;
  }
  return true;
}

Result<void> set_ipv6(std::string_view interface, bool enabled) {
  if (!has_ipv6()) return {};
  const std::string path = "ipv6/conf/" + std::string{interface} + "/disable_ipv6";
  return set({path, enabled ? "0" : "1"});
}

}  // namespace viaduct::kernel
