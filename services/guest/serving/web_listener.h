#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <unordered_set>

#include "base/framing.h"
#include "services/guest/serving/lifetime.h"
#include "services/guest/serving/tls.h"
#include "services/guest/web/connection.h"

namespace viaduct::serving {

// Clients of a service that speaks HTTP, at one listening socket. Who they are is told by that
// socket, their source address, and the frame by which they opened the connection, which the kernel
// has kept (TCP_SAVE_SYN): nothing that happens to neighbour tables afterwards matters.
class WebListener {
 public:
  // What is listened for.
  class User {
   public:
    // Errors close the connection.
    virtual Result<web::Connection> accept(web::Peer peer, web::Time now) = 0;
    // Calls `go` once what a network's guests were just answered may be sent, perhaps at once.
    virtual void before_answer(const std::string& network, std::function<void()> go) = 0;

   protected:
    ~User() = default;
  };

  // With `tls` that is spoken, else plain TCP. REQUIRES: the socket listens; `loop` and `user`
  // outlive it.
  WebListener(boost::asio::io_context& loop, Descriptor socket, std::string network, User& user,
              Tls tls = nullptr);
  WebListener(const WebListener&) = delete;
  WebListener& operator=(const WebListener&) = delete;
  // Cuts connections.
  ~WebListener();

 private:
  class Conversation;
  void accept();
  void begin(boost::asio::ip::tcp::socket socket, const Endpoint& client);

  boost::asio::io_context& loop_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer rest_;
  std::string network_;
  User& user_;
  Tls tls_;
  std::unordered_set<std::shared_ptr<Conversation>> all_;
  Lifetime lifetime_;
};

}  // namespace viaduct::serving
