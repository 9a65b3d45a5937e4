#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/net.h"
#include "services/guest/dhcp/client.h"

namespace viaduct::dhcp {

// Of the wall clock: leases outlive the process.
using Time = std::chrono::sys_seconds;
constexpr Time never = Time::max();

enum class State : std::uint8_t {
  offered,  // kept for the client until it asks for it
  bound,    // the client's
  lapsed,   // was the client's, and will be again if nobody else needs it
  declined  // somebody else was found to use it
};
constexpr std::size_t state_count = 4;

// What an address is to a client, `until` when. Of a lapsed one: since when.
struct Lease {
  Client client;
  State state = State::offered;
  Time until{};
  std::string host_name;     // what the client is called, if that is known
  std::uint64_t commit = 0;  // the commit that stores it
};

}  // namespace viaduct::dhcp
