#include "bench/arrival_ring.h"

#include <algorithm>

namespace viaduct::bench {

void ArrivalRing::begin(std::uint64_t now, double packets_per_cycle) noexcept {
  began_ = now;
  packets_per_cycle_ = packets_per_cycle;
  gone_before_ = gone();
  excused_ = 0;
}

void ArrivalRing::excuse(std::uint64_t cycles) noexcept {
  excused_ += static_cast<double>(cycles) * packets_per_cycle_;
}

std::uint64_t ArrivalRing::waiting(std::uint64_t now) noexcept {
  const auto come =
      static_cast<std::uint64_t>(static_cast<double>(now - began_) * packets_per_cycle_);
  const std::uint64_t waiting = gone_before_ + come - gone();
  if (waiting <= capacity) return waiting;
  const std::uint64_t lost = waiting - capacity;
  const std::uint64_t to_machine = std::min(lost, static_cast<std::uint64_t>(excused_));
  excused_ -= static_cast<double>(to_machine);
  lost_to_machine_ += to_machine;
  lost_ += lost - to_machine;
  return capacity;
}

}  // namespace viaduct::bench
