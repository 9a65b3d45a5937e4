#pragma once

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <span>
#include <string>

#include "tests/frames.h"

// What fuzzers of the packet path share.
namespace viaduct::test {

// The input, to be taken apart from its beginning; missing bytes are zero.
struct FuzzInput {
  std::span<const std::uint8_t> rest;
  std::uint8_t byte() {
    if (rest.empty()) return 0;
    const std::uint8_t value = rest.front();
    rest = rest.subspan(1);
    return value;
  }
  Bytes bytes(std::size_t count) {
    const auto there = std::min(count, rest.size());
    Bytes out{rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(there)};
    rest = rest.subspan(there);
    out.resize(count);
    return out;
  }
};

inline void insist(bool holds, const std::string& otherwise) {
  if (holds) return;
  std::cerr << otherwise << "\n";
  __builtin_trap();
}

}  // namespace viaduct::test
