#pragma once

#include <array>
#include <cstdint>
#include <mutex>

#include "base/hash.h"
#include "base/spin_lock.h"
#include "dataplane/flow/session.h"

namespace viaduct::source_nat {

// Which guest endpoints have spoken to the public endpoints of others, in vain so far. To who did,
// the other may speak: two peers behind one NAT, each strict about who comes in, meet as they
// would across two (RFC 5128 3.3, RFC 4787 REQ-9). Shared by all workers; never allocates. Where
// there are too many, the oldest of a few goes for a new one.
class Holes {
 public:
  static constexpr flow::Ticks lifetime = 60 * flow::ticks_per_second;

  explicit Holes(std::uint64_t seed) : seed_(seed) {}

  // `from` has spoken to the public endpoint of `to`; both as guests know themselves.
  struct Attempt {
    Slot router = 0;
    Protocol protocol{};
    Endpoint from;
    Endpoint to;
  };
  void punch(const Attempt& attempt, flow::Ticks now) noexcept;
  [[nodiscard]] bool is_open(const Attempt& attempt, flow::Ticks now) noexcept;

 private:
  struct Hole {
    std::uint64_t key = 0;  // 0: none
    flow::Ticks since = 0;
  };
  static constexpr std::size_t sets = 256;
  static constexpr std::size_t ways = 8;
  struct alignas(64) Set {
    SpinLock lock;
    std::array<Hole, ways> all;
  };
  [[nodiscard]] std::uint64_t key_of(const Attempt& attempt) const noexcept {
    const std::uint64_t what = mix(
        seed_, std::uint64_t{attempt.router} << 8 | static_cast<std::uint8_t>(attempt.protocol));
    return hash(attempt.to, hash(attempt.from, what)) | 1;
  }
  // Those that a key may be among; the lowest bit is always set.
  [[nodiscard]] Set& set_of(std::uint64_t key) noexcept { return sets_[(key >> 1) % sets]; }
  // Workers' clocks may differ by a little.
  static bool is_old(const Hole& hole, flow::Ticks now) noexcept {
    return hole.key == 0 ||
           static_cast<std::int32_t>(now - hole.since) > static_cast<std::int32_t>(lifetime);
  }

  std::uint64_t seed_;
  std::array<Set, sets> sets_;
};

}  // namespace viaduct::source_nat
