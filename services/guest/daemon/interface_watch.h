#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <map>
#include <span>
#include <string>

#include "base/framing.h"
#include "services/guest/serving/lifetime.h"

namespace viaduct::guestd {

// Which interfaces a network namespace has, as its kernel tells by a netlink socket (rtnetlink(7)).
// An interface that has gone and come back has another index.
class InterfaceWatch {
 public:
  // Calls changed() when all interfaces are known, and whenever some have come or gone since.
  // REQUIRES: the socket hears of links.
  InterfaceWatch(boost::asio::io_context& loop, Descriptor socket, std::function<void()> changed);

  // 0 while there is no such interface.
  [[nodiscard]] unsigned index_of(const std::string& name) const;

 private:
  void ask_for_all();
  void wait();
  void hear_all();
  void hear(std::span<const std::byte> messages);

  boost::asio::posix::stream_descriptor socket_;
  std::function<void()> changed_;
  std::map<unsigned, std::string> names_;  // by index
  bool knows_all_ = false;
  serving::Lifetime lifetime_;
};

}  // namespace viaduct::guestd
