#include "dataplane/runtime/loop.h"

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_pause.h>
#include <sys/prctl.h>

#include <ctime>

#include "dataplane/forwarding.h"

namespace viaduct::runtime {
namespace {

// A busy worker polls on for this long before it naps; naps grow to the longest, so that a packet
// after a pause waits less than a millisecond and an idle worker costs a few percent of a core.
constexpr std::uint64_t poll_on_us = 30;
constexpr std::uint32_t shortest_nap_us = 20;
constexpr std::uint32_t longest_nap_us = 800;
// Sessions that one round looks at for expiry, at most.
constexpr std::size_t expiry_share = 64;

}  // namespace

Loop::Loop(Worker& worker, Published<Snapshot>& snapshots, Queues& queues, Taps& taps)
    : worker_(worker),
      snapshots_(snapshots),
      queues_(queues),
      taps_(taps),
      tsc_per_us_(rte_get_tsc_hz() / 1'000'000) {
  worker.leave_by(*this);
  static_assert(Forwarding::names.size() <= Worker::most_stages);
}

void Loop::run() noexcept {
  prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  while (!stop_.load(std::memory_order_relaxed)) {
    // Before anything looks at what was followed so far.
    const Snapshot& now = worker_.catch_up(snapshots_);
    clock_.keep(worker_);
    const bool was_busy = poll(now) != 0;
    worker_.expire_due(was_busy ? expiry_share : 8 * expiry_share);
    worker_.flush();
    worker_.note_revoked();
    do_task(now);
    rest(was_busy || worker_.is_noting());
  }
}

std::size_t Loop::poll(const Snapshot& now) noexcept {
  std::array<rte_mbuf*, Burst::capacity> frames;
  std::size_t received = 0;
  for (const PortId port : now.ports) {
    const std::uint16_t count =
        queues_.receive(port, worker_.index, frames.data(), Burst::capacity);
    if (count == 0) continue;
    received += count;
    for (std::uint16_t i = 0; i < count; ++i) frames[i]->port = port;
    forward(worker_, burst_, now, {frames.data(), count});
  }
  received += forward_handed_over(worker_, burst_, now);
  // The ring from the TAPs has one end only.
  const std::uint16_t from_host =
      worker_.index == 0 ? taps_.from_host(frames.data(), Burst::capacity) : std::uint16_t{0};
  if (from_host != 0) forward(worker_, burst_, now, {frames.data(), from_host});
  const std::uint16_t looped_back = worker_.take_looped(frames.data(), Burst::capacity);
  if (looped_back != 0) forward(worker_, burst_, now, {frames.data(), looped_back});
  return received + from_host + looped_back;
}

void Loop::do_task(const Snapshot& now) noexcept {
  const Task* task = task_.load(std::memory_order_acquire);
  if (task == nullptr) return;
  (*task)(worker_, now);
  task_.store(nullptr, std::memory_order_release);
}

void Loop::run_on_worker(const Task& task) {
  task_.store(&task, std::memory_order_release);
  while (task_.load(std::memory_order_acquire) != nullptr) {
    const timespec moment{0, 20'000};
    nanosleep(&moment, nullptr);
  }
}

void Loop::rest(bool was_busy) noexcept {
  if (was_busy) {
    last_work_ = rte_rdtsc();
    nap_us_ = shortest_nap_us;
    return;
  }
  if (rte_rdtsc() - last_work_ < poll_on_us * tsc_per_us_) return rte_pause();
  const timespec nap{0, static_cast<long>(nap_us_) * 1000};
  nanosleep(&nap, nullptr);
  nap_us_ = std::min(nap_us_ + nap_us_ / 4 + 1, longest_nap_us);
}

std::uint16_t Loop::send(PortId port, rte_mbuf** packets, std::uint16_t count) noexcept {
  return queues_.send(port, worker_.index, packets, count);
}

std::uint16_t Loop::send_to_host(rte_mbuf** packets, std::uint16_t count) noexcept {
  return taps_.to_host(packets, count);
}

}  // namespace viaduct::runtime
