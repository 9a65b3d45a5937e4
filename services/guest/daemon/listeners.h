#pragma once

#include <boost/asio/io_context.hpp>
#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "services/guest/broker/sockets.h"
#include "services/guest/daemon/interface_watch.h"

namespace viaduct::guestd {

// Where guests of one router are listened to.
struct Listener {
  std::string interface;
  broker::Kind kind = broker::Kind::dhcp;
  Address address;
  friend auto operator<=>(const Listener&, const Listener&) = default;
};

// The listening sockets of one router: opened when their interface appears in the router's network
// namespace, and anew when another one appears in its place. The kernel tells of interfaces; the
// namespace itself, and whatever could not be opened, is looked for with each check().
class Listeners {
 public:
  // What the sockets are for.
  class User {
   public:
    virtual void opened(const Listener& listener, Descriptor socket) = 0;
    virtual void closed(const Listener& listener) = 0;

   protected:
    ~User() = default;
  };

  // `path` is that of the namespace. REQUIRES: all of these outlive it.
  Listeners(boost::asio::io_context& loop, broker::Sockets& sockets, std::string router,
            std::string path, User& user)
      : loop_(loop),
        sockets_(sockets),
        router_(std::move(router)),
        path_(std::move(path)),
        user_(user) {}

  void add(const Listener& listener);
  void remove(const Listener& listener);
  // Looks whether the namespace has come, gone or been replaced, and tries again what has failed.
  void check();
  // A socket that asks resolvers, neither bound nor connected.
  Result<Descriptor> take_question(const Address& resolver, bool is_datagram);

  // Calls visit(listener, problem) for each; the problem is empty if it is open.
  template <class Visit>
  void each(Visit visit) const {
    for (const auto& [listener, state] : all_) visit(listener, std::string_view{state.problem});
  }

 private:
  struct State {
    unsigned index = 0;  // of the interface that it is open at; 0: it is closed
    std::string problem = "not tried yet";
  };
  void leave_namespace(const std::string& why);
  void enter_namespace();
  void attend_to_all();
  void attend_to(const Listener& listener, State& state);
  void open(const Listener& listener, State& state, unsigned index);
  void close(const Listener& listener, State& state, std::string why);

  boost::asio::io_context& loop_;
  broker::Sockets& sockets_;
  std::string router_;
  std::string path_;
  User& user_;
  std::map<Listener, State> all_;
  std::unique_ptr<InterfaceWatch> watch_;  // none while there is no namespace
  std::uint64_t namespace_ = 0;
  std::string no_namespace_ = "there is no network namespace";
  // Sockets of questions that wait to be used, by the family and the kind.
  std::map<std::pair<bool, bool>, std::vector<Descriptor>> questions_;
};

}  // namespace viaduct::guestd
