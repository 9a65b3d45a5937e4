#pragma once

#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/net.h"

namespace viaduct::serving {

using ByteView = std::span<const std::uint8_t>;

// An endpoint as the kernel has it.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = sizeof(sockaddr_storage);
  static SocketAddress of(const Endpoint& endpoint);
  [[nodiscard]] Endpoint endpoint() const;
  [[nodiscard]] sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// Datagrams of one socket, many with each system call: what is sent waits until those that have
// come were all handled.
class UdpSocket {
 public:
  // Of the calling thread's network namespace; of one interface, unless `device` is empty.
  static Result<UdpSocket> open(boost::asio::io_context& loop, const Endpoint& local,
                                const std::string& device);

  // Calls handle(bytes, from) for each datagram, and then once done(), until this goes.
  using Handle = std::function<void(ByteView bytes, const Endpoint& from)>;
  void receive(Handle handle, std::function<void()> done);
  // Soon, or with flush(). What the kernel does not take is lost, as datagrams are.
  // `from` is the address that it leaves with, IPv4; none for the one that the socket has.
  void send(ByteView bytes, const Endpoint& to, std::optional<Address> from = std::nullopt);
  void flush();

 private:
  explicit UdpSocket(boost::asio::posix::stream_descriptor socket) : socket_(std::move(socket)) {}
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
};

}  // namespace viaduct::serving
