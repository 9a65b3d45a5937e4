#pragma once

#include <cstdint>

#include "base/net.h"

namespace viaduct {

// A fast mixing hash for compiled tables, whose keys come from the operator. Tables whose keys come
// from packets seed it, or use the flow table's keyed hash.
constexpr std::uint64_t mix(std::uint64_t state, std::uint64_t value) {
  state ^= value;
  // A product's low bits know nothing of a factor's high bits, where an address differs from its
  // neighbour: bring those down first.
  state = (state ^ (state >> 32)) * 0x9e3779b97f4a7c15ULL;
  return state ^ (state >> 32);
}

inline std::uint64_t hash(const Address& address, std::uint64_t seed = 0) {
  return mix(mix(seed, address.high()), address.low());
}

inline std::uint64_t hash(const Endpoint& endpoint, std::uint64_t seed = 0) {
  return mix(hash(endpoint.address, seed), endpoint.port);
}

}  // namespace viaduct
