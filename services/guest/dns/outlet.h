#pragma once

#include <cstdint>

#include "base/net.h"
#include "services/guest/dns/message.h"

namespace viaduct::dns {

enum class Transport : std::uint8_t { udp, tcp };

// The small number of a network, as long as it is there.
using NetworkSlot = std::uint16_t;

// Who has sent a query, and by which way.
struct Client {
  NetworkSlot network = 0;
  Endpoint endpoint;
  Transport transport = Transport::udp;
  std::uint64_t connection = 0;  // what the caller knows the client's socket by
  // Whether it came in by the network's interface, from one of its addresses. Nobody else gets an
  // answer.
  bool belongs = false;
};

// One question to a resolver, never used again.
using Token = std::uint64_t;

// How a server speaks. It is called from within the server's own calls, and must not call back.
// Messages are whole, without the length that TCP puts before them, and good for the call alone.
class Outlet {
 public:
  Outlet() = default;
  Outlet(const Outlet&) = delete;
  Outlet& operator=(const Outlet&) = delete;
  virtual ~Outlet() = default;

  // Sends the answer to a client's query.
  virtual void answer(const Client& client, Bytes message) = 0;
  // Asks a resolver by a socket of its own, connected to it, from a port that the kernel chose at
  // random (RFC 5452 9.2). What comes in there goes to Server::answer() with the token; that the
  // resolver cannot be reached, to Server::unreachable().
  virtual void ask(Token token, const Endpoint& resolver, Transport transport, Bytes message) = 0;
  // No answer is awaited any more: closes that socket.
  virtual void forget(Token token) = 0;
};

}  // namespace viaduct::dns
