#include "services/guest/serving/socket_address.h"

#include <netinet/in.h>

#include <array>
#include <cstring>

namespace viaduct::serving {

SocketAddress SocketAddress::of(const Endpoint& endpoint) {
  SocketAddress made;
  if (endpoint.address.is_v4()) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(made.storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(endpoint.port);
    v4.sin_addr.s_addr = endpoint.address.as_v4().bits();
    made.length = sizeof v4;
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(made.storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(endpoint.port);
    const auto bytes = endpoint.address.bytes();
    std::memcpy(&v6.sin6_addr, bytes.data(), bytes.size());
    made.length = sizeof v6;
  }
  return made;
}

Endpoint SocketAddress::endpoint() const {
  if (storage.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
    return {Address::v4(Be32::raw(v4.sin_addr.s_addr)), ntohs(v4.sin_port)};
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
  return {Address::v6(bytes), ntohs(v6.sin6_port)};
}

boost::asio::ip::address asio_address(const Address& address) {
  if (address.is_v4()) return boost::asio::ip::address_v4{address.as_v4().host()};
  return boost::asio::ip::address_v6{address.bytes()};
}

Endpoint endpoint_of(const boost::asio::ip::tcp::endpoint& endpoint) {
  const auto& address = endpoint.address();
  if (address.is_v4()) return {Address::v4(Be32::of(address.to_v4().to_uint())), endpoint.port()};
  return {Address::v6(address.to_v6().to_bytes()), endpoint.port()};
}

boost::asio::ip::tcp tcp_of(const Descriptor& socket) {
  SocketAddress own;
  const bool is_v4 =
      getsockname(socket.get(), own.get(), &own.length) == 0 && own.storage.ss_family == AF_INET;
  return is_v4 ? boost::asio::ip::tcp::v4() : boost::asio::ip::tcp::v6();
}

}  // namespace viaduct::serving
