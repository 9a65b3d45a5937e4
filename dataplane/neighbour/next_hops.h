#pragma once

#include <cstdint>

#include "base/huge_array.h"
#include "base/net.h"
#include "dataplane/neighbour/neighbours.h"

namespace viaduct::neighbour {

// Remembers by which adjacency destinations were reached lately, so that a packet without a session
// costs one look instead of one for each prefix length and another for its neighbour. A newer
// destination may take an older one's place. Never allocates after construction.
class NextHops {
 public:
  explicit NextHops(std::uint64_t seed) : seed_(seed), hops_(most, false) {}

  // What the other calls take: the `hash` of a packet in transit.
  [[nodiscard]] std::uint64_t hash(Slot router, Be32 destination) const noexcept {
    return mix(seed_ ^ router, destination.bits());
  }
  void prefetch(std::uint64_t hash) const noexcept { __builtin_prefetch(&hops_[hash % most]); }

  // The adjacency that was remembered in this epoch; 0 if there is none.
  [[nodiscard]] AdjacencyId find(std::uint64_t hash, Slot router, Be32 destination,
                                 std::uint32_t epoch) const noexcept {
    const Hop& hop = hops_[hash % most];
    const bool fits = hop.destination == destination && hop.router == router && hop.epoch == epoch;
    return fits ? hop.adjacency : 0;
  }
  void remember(std::uint64_t hash, Slot router, Be32 destination, std::uint32_t epoch,
                AdjacencyId adjacency) noexcept {
    hops_[hash % most] = {destination, router, epoch, adjacency};
  }

 private:
  static constexpr std::size_t most = 65'536;
  struct Hop {
    Be32 destination;
    Slot router = 0;
    std::uint32_t epoch = 0;
    AdjacencyId adjacency = 0;
  };
  static_assert(sizeof(Hop) == 16);

  std::uint64_t seed_;
  HugeArray<Hop> hops_;
};

}  // namespace viaduct::neighbour
