#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/framing.h"
#include "services/guest/broker/request.h"

namespace viaduct::broker {

// What came for a request.
struct Opened {
  std::vector<Descriptor> sockets;      // as many as were asked for, none that blocks
  std::uint64_t network_namespace = 0;  // by which inode it is known; 0 for our own
};

// Where sockets come from.
class Sockets {
 public:
  Sockets() = default;
  Sockets(const Sockets&) = delete;
  Sockets& operator=(const Sockets&) = delete;
  virtual ~Sockets() = default;

  // Fault::not_found while there is no such namespace or interface, Fault::unavailable if the
  // broker has gone.
  virtual Result<Opened> open(const Request& request) = 0;
};

// Of our own network namespace, whatever the router.
class LocalSockets final : public Sockets {
 public:
  Result<Opened> open(const Request& request) override;
};

// By way of the broker.
class BrokeredSockets final : public Sockets {
 public:
  explicit BrokeredSockets(Descriptor socket) : socket_(std::move(socket)) {}
  // Takes as long as it takes the broker to open them, some ten microseconds for each.
  Result<Opened> open(const Request& request) override;
  // Readable once the broker has gone, and at times before.
  [[nodiscard]] const Descriptor& socket() const { return socket_; }
  [[nodiscard]] bool has_gone() const;

 private:
  [[nodiscard]] bool await_answer() const;
  Descriptor socket_;
};

}  // namespace viaduct::broker
