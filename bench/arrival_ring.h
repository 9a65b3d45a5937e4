#pragma once

#include <atomic>
#include <cstdint>

namespace viaduct::bench {

// Packets that come at a steady rate, and wait in a ring like that of a NIC; who finds it full is
// lost. Of one thread; others may ask for the counts.
class ArrivalRing {
 public:
  static constexpr std::uint64_t capacity = 4096;

  // From `now` on, a TSC, so many come in each of its cycles. What waited does so no more.
  void begin(std::uint64_t now, double packets_per_cycle) noexcept;
  // Who took nothing for so long was kept from it by the machine: as many as came meanwhile are
  // lost to that, if they find the ring full before drained() is called.
  void excuse(std::uint64_t cycles) noexcept;
  void drained() noexcept { excused_ = 0; }
  // How many wait. Those that came since the last call and found no room count as lost then.
  [[nodiscard]] std::uint64_t waiting(std::uint64_t now) noexcept;
  void take(std::uint64_t count) noexcept { taken_ += count; }

  // All that follow are since the first begin().
  [[nodiscard]] std::uint64_t taken() const noexcept { return taken_; }
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }
  [[nodiscard]] std::uint64_t lost_to_machine() const noexcept { return lost_to_machine_; }

 private:
  [[nodiscard]] std::uint64_t gone() const noexcept { return taken_ + lost_ + lost_to_machine_; }

  std::uint64_t began_ = 0;
  double packets_per_cycle_ = 0;
  std::uint64_t gone_before_ = 0;
  double excused_ = 0;  // packets
  std::atomic<std::uint64_t> taken_{0};
  std::atomic<std::uint64_t> lost_{0};
  std::atomic<std::uint64_t> lost_to_machine_{0};
};

}  // namespace viaduct::bench
