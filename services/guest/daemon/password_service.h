#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "services/guest/password/server.h"
#include "services/guest/serving/web_listener.h"

namespace viaduct::guestd {

// The passwords of all routers, and the sealed file that carries them over a restart. What a guest
// has acknowledged is stored as such before it hears so: it is never told a password again that it
// has changed since.
class PasswordService final : public serving::WebListener::User {
 public:
  // `directory` ends with a slash. Makes a key there if there is none. REQUIRES: `loop` outlives
  // it.
  static Result<std::unique_ptr<PasswordService>> open(boost::asio::io_context& loop,
                                                       const std::string& directory);
  PasswordService(const PasswordService&) = delete;
  PasswordService& operator=(const PasswordService&) = delete;
  ~PasswordService();

  [[nodiscard]] password::Server& server() { return server_; }
  // Passwords of an earlier process, once all is configured. A file that cannot be opened is kept
  // beside, under another name.
  Result<void> restore();
  // Calls done() once all that is known now is stored, or could not be.
  using Done = std::function<void(const Result<void>& outcome)>;
  void store(Done done);

  Result<web::Connection> accept(web::Peer peer, web::Time now) override {
    return server_.accept(std::move(peer), now);
  }
  void before_answer(const std::string& network, std::function<void()> go) override;

 private:
  PasswordService(boost::asio::io_context& loop, const std::string& directory,
                  password::SealingKey key);
  void store_acknowledgement(std::function<void()> go);
  void begin_store();
  void finish_store(const Result<void>& outcome);

  boost::asio::io_context& loop_;
  std::string file_;
  password::SealingKey key_;
  password::Server server_;
  std::map<std::string, std::uint64_t> acknowledged_;  // in each network, as far as it is stored
  std::vector<Done> waiting_;                          // for the next store
  std::vector<Done> storing_;                          // for the one that is under way
  std::vector<std::function<void()>> unsettled_;       // acknowledgements to be stored again
  boost::asio::steady_timer retry_;
  boost::asio::thread_pool disk_{1};
};

}  // namespace viaduct::guestd
