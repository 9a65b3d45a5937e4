#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "services/guest/broker/sockets.h"
#include "services/guest/dhcp/server.h"
#include "services/guest/serving/site.h"
#include "services/guest/serving/udp_socket.h"

namespace viaduct::serving {

// The DHCP server's sockets and file. Leases are written by a thread of their own, so that the loop
// never waits for a disk; replies wait until what they say is stored.
class DhcpService {
 public:
  // Reads the leases of an earlier process. REQUIRES: `loop` outlives it.
  static Result<std::unique_ptr<DhcpService>> open(boost::asio::io_context& loop,
                                                   const std::string& lease_file);
  DhcpService(const DhcpService&) = delete;
  DhcpService& operator=(const DhcpService&) = delete;
  ~DhcpService();

  // To be configured, and then store_what_waits().
  [[nodiscard]] dhcp::Server& server() { return server_; }
  [[nodiscard]] const dhcp::Server& server() const { return server_; }
  // Requests of a network come in by this socket from now on, or by none.
  void listen(const std::string& network, Descriptor socket);
  void stop_listening(const std::string& network) { sockets_.erase(network); }
  void store_what_waits();

  // Serves all of this from now on, each interface as a network of its name.
  Result<void> serve(const Site& site, broker::Sockets& sockets);

 private:
  DhcpService(boost::asio::io_context& loop, std::string lease_file);
  struct Waiting {
    std::string network;
    dhcp::Reply reply;
  };
  void handle(const std::string& network, ByteView datagram);
  // Returns by which socket, if there is one.
  UdpSocket* send(const std::string& network, const dhcp::Reply& reply);
  void finish_store(const Result<bool>& outcome);

  boost::asio::io_context& loop_;
  dhcp::LeaseFile file_;
  dhcp::Server server_;
  std::map<std::string, UdpSocket> sockets_;  // by network
  std::deque<Waiting> waiting_;               // in the order of their commits
  boost::asio::steady_timer retry_;
  boost::asio::thread_pool disk_{1};
};

}  // namespace viaduct::serving
