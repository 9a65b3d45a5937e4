#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace viaduct::bench {

// How long packets took, in ticks of any clock: exact below 64, else to 3 %.
class LatencyHistogram {
 public:
  void add(std::uint32_t ticks) noexcept {
    ++counts_[bucket_of(ticks)];
    ++total_;
    most_ = std::max(most_, ticks);
  }
  [[nodiscard]] std::uint64_t total() const { return total_; }
  // The time within which `share` (0 to 1) of the packets came; 0 if there were none.
  [[nodiscard]] std::uint32_t within(double share) const;
  [[nodiscard]] std::uint32_t most() const { return most_; }

 private:
  static constexpr unsigned halves = 5;  // how often an octave is cut in two
  static constexpr std::size_t buckets = (32 - halves + 1) << halves;

  static constexpr std::size_t bucket_of(std::uint32_t ticks) noexcept {
    const auto width = static_cast<unsigned>(std::bit_width(ticks));
    const unsigned shift = width > halves + 1 ? width - halves - 1 : 0;
    return (std::size_t{shift} << halves) + (ticks >> shift);
  }
  static constexpr std::uint32_t last_of(std::size_t bucket) noexcept {
    const std::size_t shift = bucket >> halves < 2 ? 0 : (bucket >> halves) - 1;
    const std::size_t first = (bucket - (shift << halves)) << shift;
    return static_cast<std::uint32_t>(first + (std::size_t{1} << shift) - 1);
  }

  std::array<std::uint64_t, buckets> counts_{};
  std::uint64_t total_ = 0;
  std::uint32_t most_ = 0;
};

}  // namespace viaduct::bench
