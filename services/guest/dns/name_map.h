#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/hash.h"

namespace viaduct::dns {

// Names come from clients: `seed` is a secret, so that nobody can choose such as collide.
struct HashName {
  using is_transparent = void;  // NOLINT(readability-identifier-naming): the standard's name
  std::uint64_t seed = 0;

  std::size_t operator()(std::string_view bytes) const noexcept {
    std::uint64_t state = mix(seed, bytes.size());
    for (; bytes.size() > sizeof state; bytes.remove_prefix(sizeof state)) {
      state = mix(state, load(bytes.data(), sizeof state));
    }
    return bytes.empty() ? state : mix(state, load(bytes.data(), bytes.size()));
  }

 private:
  static std::uint64_t load(const char* at, std::size_t size) noexcept {
    std::uint64_t value = 0;
    std::memcpy(&value, at, size);
    return value;
  }
};

template <class Value>
using NameMap = std::unordered_map<std::string, Value, HashName, std::equal_to<>>;

// What a resource has put into a table, and which it was.
using OwnerId = std::uint64_t;
template <class Value>
struct Owned {
  OwnerId owner = 0;
  Value value;
};

}  // namespace viaduct::dns
