#pragma once

#include <cstdint>
#include <string>

namespace viaduct {

// How much is taken of something that there is only so much of, such as the ports of an address.
struct Stock {
  std::string of;    // "203.0.113.2"
  std::string kind;  // "tcp"
  std::uint32_t taken = 0;
  std::uint32_t limit = 0;
};

}  // namespace viaduct
