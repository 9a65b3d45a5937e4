#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/net.h"
#include "services/guest/dns/upstream.h"

namespace viaduct::dns {

// Takes so many queries a second of each client (token buckets of a second's worth); an IPv6 client
// is a /64. There is room for some clients: of those that fall together, the one that was quiet for
// longest is forgotten for a new one.
class Limiter {
 public:
  explicit Limiter(std::uint64_t seed) : seed_(seed), buckets_(rows) {}

  // Queries a second; 0 for no limit.
  void limit(std::uint32_t rate) noexcept { rate_ = rate; }
  // Whether to take one more.
  [[nodiscard]] bool admit(const Address& client, Time now) noexcept;

 private:
  static constexpr std::size_t rows = 512;
  static constexpr std::size_t columns = 4;
  struct Bucket {
    Address client;
    Time filled;  // when it is full, if nothing more is taken
  };

  std::uint64_t seed_;
  std::uint32_t rate_ = 0;
  std::vector<std::array<Bucket, columns>> buckets_;
};

}  // namespace viaduct::dns
