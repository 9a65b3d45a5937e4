#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace viaduct::web {

// What one client may cost us.
struct Limits {
  std::uint32_t head_bytes = 8192;    // request line and headers
  std::size_t headers = 64;           // of a request
  std::uint32_t body_bytes = 4096;    // of a request
  std::size_t requests = 100;         // on one connection
  std::size_t connections = 1024;     // of all clients of a network
  std::chrono::seconds idle{15};      // with no byte of a request
  std::chrono::seconds request{10};   // from the first byte of a request to its last
  std::chrono::seconds response{60};  // until the client has taken a response
  std::chrono::seconds linger{2};     // for the client to close, after the last response
};

}  // namespace viaduct::web
