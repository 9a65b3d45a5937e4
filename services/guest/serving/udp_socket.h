#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/framing.h"
#include "base/net.h"
#include "services/guest/serving/lifetime.h"
#include "services/guest/serving/socket_address.h"

namespace viaduct::serving {

using ByteView = std::span<const std::uint8_t>;

// Datagrams of one socket, many with each system call: what is sent waits until those that have
// come were all handled.
class UdpSocket {
 public:
  // REQUIRES: the socket is bound.
  UdpSocket(boost::asio::io_context& loop, Descriptor socket) : socket_(loop, socket.release()) {}

  // Calls handle(bytes, from) for each datagram, and then once done(), until this goes.
  using Handle = std::function<void(ByteView bytes, const Endpoint& from)>;
  void receive(Handle handle, std::function<void()> done);
  // Soon, or with flush(). What the kernel does not take is lost, as datagrams are.
  // `from` is the address that it leaves with, IPv4; none for the one that the socket has.
  void send(ByteView bytes, const Endpoint& to, std::optional<Address> from = std::nullopt);
  void flush();

 private:
  void wait();
  void take_all();

  struct Outgoing {
    std::vector<std::uint8_t> bytes;
    SocketAddress to;
    std::optional<Address> from;
  };
  boost::asio::posix::stream_descriptor socket_;
  Handle handle_;
  std::function<void()> done_;
  std::vector<Outgoing> outgoing_;
  std::size_t waiting_ = 0;  // of outgoing_, the others are kept for their memory
  Lifetime lifetime_;
};

}  // namespace viaduct::serving
