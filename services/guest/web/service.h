#pragma once

#include <optional>
#include <string>

#include "base/net.h"
#include "services/guest/web/counters.h"
#include "services/guest/web/message.h"

namespace viaduct::web {

// Who is at the other end of a connection. Nothing that it says of itself counts.
struct Peer {
  std::string network;     // by whose interface the connection came in
  Address address;         // its source address
  std::optional<Mac> mac;  // what is known to have that address there; none if nothing is
};

// Answers requests, one after the other.
class Service {
 public:
  Service() = default;
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  virtual ~Service() = default;

  [[nodiscard]] virtual Response respond(const Peer& peer, const Request& request, Time now) = 0;
  virtual void count(const Peer& peer, Event event) = 0;
};

}  // namespace viaduct::web
