#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <vector>

#include "services/guest/dns/server.h"
#include "services/guest/serving/dns_connections.h"
#include "services/guest/serving/dns_questions.h"
#include "services/guest/serving/site.h"
#include "services/guest/serving/udp_socket.h"

namespace viaduct::serving {

// The DNS server's sockets, in one network namespace.
class DnsService final : private dns::Outlet {
 public:
  // REQUIRES: `loop` outlives it.
  explicit DnsService(boost::asio::io_context& loop);

  // Serves this from now on, with sockets of the calling thread's network namespace.
  Result<void> serve(const Site& site);
  [[nodiscard]] const dns::Server& server() const { return server_; }

 private:
  // An address at which queries come in.
  struct Door {
    dns::NetworkSlot network = 0;
    Prefix guests;
    std::unique_ptr<UdpSocket> datagrams;
    std::unique_ptr<DnsConnections> connections;
  };
  void answer(const dns::Client& client, dns::Bytes message) override;
  void ask(dns::Token token, const Endpoint& resolver, dns::Transport transport,
           dns::Bytes message) override;
  void forget(dns::Token token) override { questions_.forget(token); }

  Result<void> open_door(const Interface& interface, const InterfaceAddress& address,
                         dns::NetworkSlot network);
  void hear(std::size_t door, const Endpoint& client, std::uint64_t connection, dns::Bytes message);
  void hear_resolver(dns::Token token, std::optional<dns::Bytes> message);
  // What was said outside of a door's own turn.
  void flush();
  void set_timer();

  boost::asio::io_context& loop_;
  DnsQuestions questions_;
  boost::asio::steady_timer timer_;
  std::optional<dns::Time> timer_is_for_;
  std::vector<Door> doors_;
  dns::Server server_;
};

}  // namespace viaduct::serving
