#pragma once

#include <immintrin.h>
#include <sched.h>

#include <atomic>

namespace viaduct {

// For a few instructions that several polling threads must not do at once. Meets the standard's
// requirements of a lock. Whoever has it may have been preempted: who waits for long gives the core
// away.
class SpinLock {
 public:
  void lock() noexcept {
    constexpr unsigned patience = 1000;
    unsigned tries = 0;
    while (is_taken_.load(std::memory_order_relaxed) ||
           is_taken_.exchange(true, std::memory_order_acquire)) {
      if (++tries % patience == 0) sched_yield();
      _mm_pause();
    }
  }
  void unlock() noexcept { is_taken_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> is_taken_{false};
};

}  // namespace viaduct
