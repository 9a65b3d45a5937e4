#include "controlplane/kernel/netlink.h"

#include <netinet/in.h>

#include <algorithm>

namespace viaduct::kernel {

Result<NetlinkSocket> connect_netlink() {
  NetlinkSocket socket{nl_socket_alloc()};
  if (!socket) return fail(Fault::exhausted, "", "no memory for a netlink socket");
  TRY(netlink_outcome(nl_connect(socket.get(), NETLINK_ROUTE), "cannot open a netlink socket"));
  return socket;
}

Result<void> netlink_outcome(int code, const std::string& tried) {
  if (code >= 0) return {};
  return fail(Fault::failed, "", tried + ": " + nl_geterror(code));
}

NetlinkAddress to_netlink(const Address& address, unsigned length) {
  const auto bytes = address.bytes();
  const std::size_t offset = address.is_v4() ? Address::v4_offset / 8 : 0;
  NetlinkAddress built{nl_addr_build(address.is_v4() ? AF_INET : AF_INET6, bytes.data() + offset,
                                     bytes.size() - offset)};
  nl_addr_set_prefixlen(built.get(), static_cast<int>(length - 8 * offset));
  return built;
}

InterfaceAddress from_netlink(nl_addr* address) {
  const bool is_v4 = nl_addr_get_family(address) == AF_INET;
  std::array<std::uint8_t, 16> bytes = is_v4 ? Address::v4({}).bytes() : decltype(bytes){};
  // libnl gives the any-address of a default route no bytes at all.
  const auto* from = static_cast<const std::uint8_t*>(nl_addr_get_binary_addr(address));
  std::copy_n(from, nl_addr_get_len(address), bytes.begin() + (is_v4 ? 12 : 0));
  const auto own = Address::v6(bytes);
  const unsigned length = nl_addr_get_prefixlen(address) + (is_v4 ? Address::v4_offset : 0U);
  return {own, Prefix{own, length}};
}

}  // namespace viaduct::kernel
