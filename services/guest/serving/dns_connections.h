#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <unordered_map>

#include "base/framing.h"
#include "services/guest/dns/outlet.h"
#include "services/guest/serving/lifetime.h"

namespace viaduct::serving {

// Clients that ask by TCP (RFC 7766) at one address. A few connections at a time, fewer of one
// client, each closed after a while of silence; one message at a time of each.
class DnsConnections {
 public:
  static constexpr std::size_t most = 64;
  static constexpr std::size_t most_of_one = 8;
  static constexpr auto patience = std::chrono::seconds{10};

  // A message of a client; `connection` is for answer().
  using Heard =
      std::function<void(std::uint32_t connection, const Endpoint& client, dns::Bytes message)>;

  // REQUIRES: the socket listens; `loop` outlives it.
  DnsConnections(boost::asio::io_context& loop, Descriptor socket, Heard heard);
  DnsConnections(const DnsConnections&) = delete;
  DnsConnections& operator=(const DnsConnections&) = delete;
  ~DnsConnections();

  // Does nothing if the connection has gone.
  void answer(std::uint32_t connection, dns::Bytes message);

 private:
  class Connection;
  void accept();
  [[nodiscard]] bool has_room_for(const Address& client) const;

  boost::asio::io_context& loop_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer rest_;
  Heard heard_;
  std::uint32_t last_ = 0;
  std::unordered_map<std::uint32_t, std::shared_ptr<Connection>> all_;
  Lifetime lifetime_;
};

}  // namespace viaduct::serving
