#include "services/guest/broker/open_socket.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace viaduct::broker {
namespace {

// Bytes that the kernel keeps for us, of which it takes some 1500 for a small datagram: what a few
// thousand guests say that boot at once.
constexpr int room = 4 << 20;
constexpr int most_to_accept = 64;  // connections that wait for it
constexpr int with_ethernet = 2;    // TCP_SAVE_SYN: the frame from its Ethernet header on (tcp(7))

struct Shape {
  int type;
  std::uint16_t port;  // 0: not bound
};

Shape shape_of(Kind kind) {
  switch (kind) {
    case Kind::dhcp:
      return {SOCK_DGRAM, 67};
    case Kind::dns:
      return {SOCK_DGRAM, 53};
    case Kind::dns_stream:
      return {SOCK_STREAM, 53};
    case Kind::metadata:
      return {SOCK_STREAM, 80};
    case Kind::metadata_tls:
      return {SOCK_STREAM, 443};
    case Kind::password:
      return {SOCK_STREAM, 8080};
    case Kind::question_stream:
      return {SOCK_STREAM, 0};
    default:
      return {SOCK_DGRAM, 0};
  }
}

tl::unexpected<int> problem() {
  return tl::unexpected<int>{errno};
}

bool set(const Descriptor& socket, int level, int option, int value) {
  return setsockopt(socket.get(), level, option, &value, sizeof value) == 0;
}

// Beyond what net.core.rmem_max lets everybody have, if we may (socket(7)).
bool make_room(const Descriptor& socket) {
  return set(socket, SOL_SOCKET, SO_RCVBUFFORCE, room) || set(socket, SOL_SOCKET, SO_RCVBUF, room);
}

bool prepare(const Descriptor& socket, const Shape& shape, const Request& request) {
  const bool is_v4 = request.address.is_v4();
  return set(socket, SOL_SOCKET, SO_REUSEADDR, 1) &&
         (is_v4 ? set(socket, IPPROTO_IP, IP_FREEBIND, 1)
                : set(socket, IPPROTO_IPV6, IPV6_FREEBIND, 1) &&
                      set(socket, IPPROTO_IPV6, IPV6_V6ONLY, 1)) &&
         (shape.type == SOCK_DGRAM ? set(socket, SOL_SOCKET, SO_BROADCAST, 1) && make_room(socket)
                                   : set(socket, IPPROTO_TCP, TCP_SAVE_SYN, with_ethernet)) &&
         setsockopt(socket.get(), SOL_SOCKET, SO_BINDTODEVICE, request.interface.c_str(),
                    static_cast<socklen_t>(request.interface.size())) == 0;
}

bool bind_to(const Descriptor& socket, const Address& address, std::uint16_t port) {
  if (address.is_v4()) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    v4.sin_addr.s_addr = address.as_v4().bits();
    return bind(socket.get(), reinterpret_cast<const sockaddr*>(&v4), sizeof v4) == 0;
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  const auto bytes = address.bytes();
  std::memcpy(&v6.sin6_addr, bytes.data(), bytes.size());
  return bind(socket.get(), reinterpret_cast<const sockaddr*>(&v6), sizeof v6) == 0;
}

tl::expected<Descriptor, int> open_changes() {
  Descriptor socket{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE)};
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK;
  if (socket.get() < 0 ||
      bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return problem();
  }
  return socket;
}

}  // namespace

tl::expected<Descriptor, int> open_socket(const Request& request) {
  if (request.kind == Kind::changes) return open_changes();
  const Shape shape = shape_of(request.kind);
  Descriptor socket{::socket(request.address.is_v4() ? AF_INET : AF_INET6,
                             shape.type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (socket.get() < 0) return problem();
  if (shape.port == 0) return socket;
  if (!prepare(socket, shape, request) || !bind_to(socket, request.address, shape.port) ||
      (shape.type == SOCK_STREAM && listen(socket.get(), most_to_accept) != 0)) {
    return problem();
  }
  return socket;
}

}  // namespace viaduct::broker
