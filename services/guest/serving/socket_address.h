#pragma once

#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <chrono>

#include "base/framing.h"
#include "base/net.h"

namespace viaduct::serving {

// A listener that could not accept rests for so long.
inline constexpr std::chrono::milliseconds accept_again_after{100};

// An endpoint as the kernel has it.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = sizeof(sockaddr_storage);
  static SocketAddress of(const Endpoint& endpoint);
  [[nodiscard]] Endpoint endpoint() const;
  [[nodiscard]] sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// The same as Asio has it.
[[nodiscard]] boost::asio::ip::address asio_address(const Address& address);
[[nodiscard]] Endpoint endpoint_of(const boost::asio::ip::tcp::endpoint& endpoint);
// Of which family a socket is.
[[nodiscard]] boost::asio::ip::tcp tcp_of(const Descriptor& socket);

}  // namespace viaduct::serving
