#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

#include "base/published.h"
#include "bench/arrival_ring.h"
#include "bench/machine.h"
#include "bench/rig.h"

namespace viaduct::bench {

// A worker on a core of its own. What a ring brings it is a share of the rate that it reaches.
class PacedTraffic {
 public:
  // Looks at the rig between two batches, on the worker's thread.
  using Check = std::function<Result<void>(Rig& rig, const Snapshot& now)>;

  // `share` of the rate that is found.
  PacedTraffic(Rig& rig, Published<Snapshot>& snapshots, unsigned core, double share, Check check)
      : rig_(rig), snapshots_(snapshots), core_(core), share_(share), check_(std::move(check)) {}
  ~PacedTraffic();

  // Finds the highest rate, and goes on at its share; to be called first, and whenever the machine
  // may have changed its speed. Meanwhile does `beside` again and again: what this core does
  // otherwise, since it shares caches with the worker's, or more. Nothing may be published by that.
  Result<void> find_rate(const std::function<void()>& beside);
  // Ends it; what went wrong while it ran.
  Result<void> stop();

  // Packets per second, each time it was looked for. To be asked for after the end, as the noise is
  // that was heard on the worker's core.
  [[nodiscard]] const std::vector<double>& found_rates() const { return found_; }
  [[nodiscard]] const NoiseWatch::Report& noise() const { return noise_; }
  [[nodiscard]] bool is_running() const { return !is_over_; }
  // All that follow are since the start, but for what came while the rate was looked for, and what
  // waited then.
  [[nodiscard]] std::uint64_t taken() const { return ring_.taken(); }
  [[nodiscard]] std::uint64_t lost() const { return overflowed() + dropped_; }
  [[nodiscard]] std::uint64_t overflowed() const { return ring_.lost(); }
  // What the ring did not take since the core was not ours, and not among the others: as many as
  // came while a batch took more than a thousand cycles for each of its packets. For a turn after
  // begin_turn(), only where the kernel had given the core to somebody else.
  [[nodiscard]] std::uint64_t lost_to_machine() const { return ring_.lost_to_machine(); }
  // The generation that is followed, and the TSC when its first burst began.
  [[nodiscard]] std::uint32_t generation() const { return generation_; }
  [[nodiscard]] std::uint64_t followed_since() const { return followed_since_; }
  // Batches and changes that took so long to forward or to follow, and for how many seconds in all;
  // whoever is to blame for it.
  [[nodiscard]] std::uint64_t stalls() const { return stalls_; }
  [[nodiscard]] double stalled() const;
  // Has a turn begin, as a change does: until each session has spoken, what takes long may be our
  // own work. For another thread; within a batch.
  void begin_turn() { is_turn_wanted_ = true; }
  // Of the turn that ended last: TSC cycles of a packet, written and forwarded, in the median of
  // its batches; and packets lost, whoever took them.
  [[nodiscard]] double turn_cost() const { return turn_cost_; }
  [[nodiscard]] std::uint64_t turn_losses() const { return turn_losses_; }
  // TSC cycles that it took to follow the last change.
  [[nodiscard]] std::uint64_t follow_cost() const { return follow_cost_; }

 private:
  void run();
  void run_at(double packets_per_cycle);
  double measure_rate();
  const Snapshot& catch_up();
  void start_turn();
  void forward_batch();
  // Notes what a turn of the loop took, if that was long, and excuses what comes of it.
  void note_turn(std::uint64_t cycles);
  [[nodiscard]] std::uint64_t all_lost() const { return lost() + lost_to_machine(); }
  // Notes what a batch took, in the turn that it belongs to.
  void note_cost(std::uint64_t cycles);
  // Whether the kernel gave the core to somebody else since the last call.
  [[nodiscard]] bool was_preempted();

  Rig& rig_;
  Published<Snapshot>& snapshots_;
  unsigned core_;
  double share_;
  Check check_;
  std::thread thread_;
  ArrivalRing ring_;
  std::vector<double> found_;
  NoiseWatch::Report noise_;
  std::uint64_t batches_ = 0;
  bool is_in_turn_ = false;
  std::vector<double> turn_;        // what each batch of it took, so far
  std::uint64_t turn_ends_at_ = 0;  // so many taken
  std::uint64_t lost_before_turn_ = 0;
  long preemptions_ = 0;
  Result<void> outcome_;
  std::atomic<bool> is_paced_{false};
  std::atomic<bool> is_rate_wanted_{true};
  std::atomic<bool> stop_{false};
  std::atomic<bool> is_over_{false};
  std::atomic<bool> is_turn_wanted_{false};
  std::atomic<std::uint64_t> turn_losses_{0};
  std::atomic<double> turn_cost_{0};
  std::atomic<std::uint64_t> follow_cost_{0};
  std::atomic<std::uint64_t> stalls_{0};
  std::atomic<std::uint64_t> stalled_cycles_{0};
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<std::uint64_t> followed_since_{0};
  std::atomic<std::uint32_t> generation_{0};
};

}  // namespace viaduct::bench
