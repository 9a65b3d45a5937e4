#pragma once

#include <rte_cycles.h>

#include "dataplane/core/worker.h"

namespace viaduct {

// Tells a worker the time, from the TSC.
class TickClock {
 public:
  TickClock() : began_(rte_rdtsc()), tsc_per_tick_(rte_get_tsc_hz() / flow::ticks_per_second) {}

  // To be called between bursts; costs next to nothing while the tick is the same.
  void keep(Worker& worker) noexcept {
    const std::uint64_t tsc = rte_rdtsc();
    if (tsc < next_tick_) return;
    next_tick_ = tsc + tsc_per_tick_;
    worker.tick(static_cast<flow::Ticks>((tsc - began_) / tsc_per_tick_));
  }

 private:
  std::uint64_t began_;
  std::uint64_t tsc_per_tick_;
  std::uint64_t next_tick_ = 0;
};

}  // namespace viaduct
