#include "bench/paced_traffic.h"

#include <rte_cycles.h>
#include <rte_pause.h>
#include <sys/resource.h>

#include <algorithm>

#include "bench/statistics.h"

namespace viaduct::bench {
namespace {

constexpr std::uint64_t check_each = 64;  // batches
// TSC cycles for a batch and a look at it; a new session takes half of a packet's share.
constexpr std::uint64_t longest_turn = 1000 * Rig::batch_size;
const FrameLengths& shortest() {
  static const FrameLengths lengths = FrameLengths::parse("64").value();
  return lengths;
}

}  // namespace

PacedTraffic::~PacedTraffic() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

Result<void> PacedTraffic::find_rate(const std::function<void()>& beside) {
  is_paced_ = false;
  is_rate_wanted_ = true;
  if (!thread_.joinable()) thread_ = std::thread{[this] { run(); }};
  while (!is_paced_ && !is_over_) beside();
  return is_over_ ? stop() : Result<void>{};
}

Result<void> PacedTraffic::stop() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
  return outcome_;
}

void PacedTraffic::run() {
  if (!pin_to(core_)) {
    outcome_ = fail(Fault::invalid, "--core", "there is no such core");
  } else {
    // As the service runs; without the right to it, as it goes.
    constexpr int highest = -20;
    (void)setpriority(PRIO_PROCESS, 0, highest);
    NoiseWatch noise;
    do {
      is_rate_wanted_ = false;
      noise.sound();
      found_.push_back(measure_rate());
      run_at(share_ * found_.back() / static_cast<double>(rte_get_tsc_hz()));
    } while (!stop_ && outcome_);
    noise_ = noise.report();
  }
  is_over_ = true;
  // Whoever publishes waits for us.
  while (!stop_) {
    (void)catch_up();
    rig_.worker().note_revoked();
    rte_pause();
  }
}

// The median of short windows, each as fast as it goes.
double PacedTraffic::measure_rate() {
  constexpr std::size_t windows = 11;
  constexpr std::uint64_t windows_per_second = 200;
  std::vector<double> rates;
  const std::uint64_t window = rte_get_tsc_hz() / windows_per_second;
  for (std::size_t i = 0; i <= windows; ++i) {
    const std::uint64_t begin = rte_rdtsc();
    std::uint64_t packets = 0;
    for (; rte_rdtsc() - begin < window; packets += Rig::batch_size) forward_batch();
    const auto cycles = static_cast<double>(rte_rdtsc() - begin);
    // The first one warms up.
    if (i != 0) rates.push_back(static_cast<double>(packets * rte_get_tsc_hz()) / cycles);
  }
  std::ranges::sort(rates);
  return percentile(rates, 0.5);
}

void PacedTraffic::run_at(double packets_per_cycle) {
  ring_.begin(rte_rdtsc(), packets_per_cycle);
  const std::uint64_t dropped = rig_.lost() - dropped_;
  (void)was_preempted();
  is_paced_ = true;
  std::uint64_t resumed = rte_rdtsc();
  while (!stop_ && !is_rate_wanted_ && outcome_) {
    const std::uint64_t before = std::exchange(resumed, rte_rdtsc());
    note_turn(resumed - before);
    const Snapshot& now = catch_up();
    if (ring_.waiting(rte_rdtsc()) < Rig::batch_size) {
      ring_.drained();
      rte_pause();
      continue;
    }
    const std::uint64_t started = rte_rdtsc();
    forward_batch();
    note_cost(rte_rdtsc() - started);
    ring_.take(Rig::batch_size);
    dropped_ = rig_.lost() - dropped;
    if (++batches_ % check_each != 0) continue;
    outcome_ = rig_.check_batch();
    if (outcome_) outcome_ = check_(rig_, now);
  }
}

void PacedTraffic::note_cost(std::uint64_t cycles) {
  if (!is_in_turn_) return;
  if (taken() < turn_ends_at_) {
    turn_.push_back(static_cast<double>(cycles) / Rig::batch_size);
    return;
  }
  is_in_turn_ = false;
  turn_losses_ = all_lost() - lost_before_turn_;
  turn_cost_ = summarize(std::exchange(turn_, {})).median;
}

void PacedTraffic::note_turn(std::uint64_t cycles) {
  if (cycles <= longest_turn) return;
  ++stalls_;
  stalled_cycles_ += cycles;
  if (was_preempted() || !is_in_turn_) ring_.excuse(cycles);
}

double PacedTraffic::stalled() const {
  return static_cast<double>(stalled_cycles_) / static_cast<double>(rte_get_tsc_hz());
}

void PacedTraffic::start_turn() {
  is_in_turn_ = true;
  turn_.clear();
  turn_ends_at_ = taken() + std::uint64_t{2} * rig_.measured().conversations();
  lost_before_turn_ = all_lost();
}

bool PacedTraffic::was_preempted() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nivcsw != std::exchange(preemptions_, usage.ru_nivcsw);
}

const Snapshot& PacedTraffic::catch_up() {
  if (is_turn_wanted_) {
    is_turn_wanted_ = false;
    start_turn();
  }
  const std::uint64_t began = rte_rdtsc();
  const Snapshot& now = rig_.catch_up(snapshots_);
  if (generation_ == now.generation()) return now;
  followed_since_ = rte_rdtsc();
  follow_cost_ = followed_since_ - began;
  generation_ = now.generation();
  start_turn();
  return now;
}

void PacedTraffic::forward_batch() {
  rig_.write_batch(shortest());
  rig_.forward_batch();
}

}  // namespace viaduct::bench
