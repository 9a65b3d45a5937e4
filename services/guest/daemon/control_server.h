#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <unordered_set>

#include "services/guest/daemon/control.h"

namespace viaduct::guestd {

// Listens at `path`, where our own user and group may connect.
Result<Descriptor> listen_at(const std::string& path);

// Answers on the control socket: frames of base/framing.h, one question after the other on each
// connection. There are few connections, and none that is slow or silent stays.
class ControlServer {
 public:
  // REQUIRES: the socket listens; `loop` and `control` outlive it.
  ControlServer(boost::asio::io_context& loop, Descriptor socket, Control& control);
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;
  ~ControlServer() = default;

 private:
  static constexpr std::size_t most_connections = 16;
  class Connection;
  void accept();

  boost::asio::io_context& loop_;
  boost::asio::local::stream_protocol::acceptor acceptor_;
  boost::asio::steady_timer rest_;
  Control& control_;
  std::unordered_set<std::shared_ptr<Connection>> all_;
};

}  // namespace viaduct::guestd
