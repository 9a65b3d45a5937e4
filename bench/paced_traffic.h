#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>

#include "base/published.h"
#include "bench/rig.h"

namespace viaduct::bench {

// A worker on a core of its own, fed at a steady rate: packets come when they are due, by the TSC,
// and wait in a ring like that of a NIC. Who finds it full is lost.
class PacedTraffic {
 public:
  static constexpr std::uint64_t ring = 4096;
  // Looks at the rig between two batches, on the worker's thread.
  using Check = std::function<Result<void>(Rig& rig, const Snapshot& now)>;

  PacedTraffic(Rig& rig, Published<Snapshot>& snapshots, unsigned core, Check check)
      : rig_(rig), snapshots_(snapshots), core_(core), check_(std::move(check)) {}
  ~PacedTraffic();

  // Finds the highest rate, and goes on at `share` of it. Meanwhile does `beside` again and again:
  // what this core does from then on, since it shares caches with the worker's, or more.
  Result<void> start(double share, const std::function<void()>& beside);
  // Ends it; what went wrong while it ran.
  Result<void> stop();

  [[nodiscard]] double found_rate() const { return found_; }  // packets per second
  [[nodiscard]] bool is_running() const { return !is_over_; }
  // All that follow are since the start.
  [[nodiscard]] std::uint64_t taken() const { return taken_; }
  [[nodiscard]] std::uint64_t lost() const { return overflowed_ + dropped_; }
  [[nodiscard]] std::uint64_t overflowed() const { return overflowed_; }
  // What the ring did not take since the core was not ours: the kernel had given it to somebody
  // else, or a batch took a thousand cycles for each of its packets while no session had to be
  // judged anew; and what it did not take while it was still full of that, for 5 ms at most.
  // Nobody's loss, and not among the others.
  [[nodiscard]] std::uint64_t lost_to_machine() const { return lost_to_machine_; }
  // The generation that is followed, and the TSC when its first burst began.
  [[nodiscard]] std::uint32_t generation() const { return generation_; }
  [[nodiscard]] std::uint64_t followed_since() const { return followed_since_; }

 private:
  void run(double share);
  void run_at(double packets_per_cycle);
  double find_rate();
  const Snapshot& catch_up();
  void forward_batch();
  // Whether the kernel gave the core to somebody else since the last call.
  [[nodiscard]] bool was_preempted();

  Rig& rig_;
  Published<Snapshot>& snapshots_;
  unsigned core_;
  Check check_;
  std::thread thread_;
  double found_ = 0;
  std::uint64_t batches_ = 0;
  bool was_just_preempted_ = false;  // in what was done since the ring was last looked at
  long preemptions_ = 0;
  const Snapshot* followed_ = nullptr;
  std::uint64_t judged_anew_ =
      0;  // how many are taken when each session was, since the last change
  Result<void> outcome_;
  std::atomic<bool> is_paced_{false};
  std::atomic<bool> stop_{false};
  std::atomic<bool> is_over_{false};
  std::atomic<std::uint64_t> taken_{0};
  std::atomic<std::uint64_t> overflowed_{0};
  std::atomic<std::uint64_t> lost_to_machine_{0};
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<std::uint64_t> followed_since_{0};
  std::atomic<std::uint32_t> generation_{0};
};

}  // namespace viaduct::bench
