#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "services/guest/broker/sockets.h"
#include "services/guest/dns/server.h"
#include "services/guest/serving/dns_connections.h"
#include "services/guest/serving/dns_questions.h"
#include "services/guest/serving/site.h"
#include "services/guest/serving/udp_socket.h"

namespace viaduct::serving {

// The DNS server of one router, with its sockets.
class DnsService final : private dns::Outlet {
 public:
  // REQUIRES: `loop` outlives it.
  DnsService(boost::asio::io_context& loop, DnsQuestions::Supply supply);

  [[nodiscard]] dns::Server& server() { return server_; }
  [[nodiscard]] const dns::Server& server() const { return server_; }

  // Adds the network of an interface, or gives it other addresses: guests of theirs are answered.
  Result<void> set_network(const std::string& interface,
                           const std::vector<InterfaceAddress>& addresses);
  // REQUIRES: none of its doors is open, or is going to hear anything.
  void remove_network(const std::string& interface);

  // By which queries come in: a number of its own, never used again.
  using Door = std::uint32_t;
  // Takes queries of a network there from now on. REQUIRES: there is such a network; the socket is
  // bound, that of TCP listens.
  Door open_door(const std::string& interface, dns::Transport transport, Descriptor socket);
  void close_door(Door door) { doors_.erase(door); }

  // Serves all of this from now on.
  Result<void> serve(const Site& site, broker::Sockets& sockets);

 private:
  Result<void> open_doors(const Interface& interface, broker::Sockets& sockets);
  struct Network {
    dns::NetworkSlot slot = 0;
    std::vector<InterfaceAddress> addresses;
    [[nodiscard]] bool is_home_of(const Address& client) const;
  };
  // One of the two sockets.
  struct OpenDoor {
    std::string interface;
    std::unique_ptr<UdpSocket> datagrams;
    std::unique_ptr<DnsConnections> connections;
  };
  void answer(const dns::Client& client, dns::Bytes message) override;
  void ask(dns::Token token, const Endpoint& resolver, dns::Transport transport,
           dns::Bytes message) override;
  void forget(dns::Token token) override { questions_.forget(token); }

  void hear(Door door, const Endpoint& client, std::uint32_t connection, dns::Bytes message);
  void hear_resolver(dns::Token token, std::optional<dns::Bytes> message);
  // What was said outside of a door's own turn.
  void flush();
  void set_timer();

  boost::asio::io_context& loop_;
  DnsQuestions questions_;
  boost::asio::steady_timer timer_;
  std::optional<dns::Time> timer_is_for_;
  std::map<std::string, Network> networks_;  // by interface
  Door last_door_ = 0;
  std::unordered_map<Door, OpenDoor> doors_;
  dns::Server server_;
  Lifetime lifetime_;
};

}  // namespace viaduct::serving
