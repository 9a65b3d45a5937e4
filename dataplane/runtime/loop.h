#pragma once

#include <atomic>
#include <functional>

#include "base/published.h"
#include "dataplane/core/tick_clock.h"
#include "dataplane/core/worker.h"
#include "dataplane/runtime/queues.h"
#include "dataplane/runtime/taps.h"

namespace viaduct::runtime {

// A worker's life: receive, forward, look after timers, nap when there is nothing to do.
class Loop final : public Output {
 public:
  using Task = std::function<void(Worker&, const Snapshot&)>;

  // All must outlive this; `worker` is touched by nobody else while run() runs.
  Loop(Worker& worker, Published<Snapshot>& snapshots, Queues& queues, Taps& taps);

  // Runs until stop(), on the calling thread.
  void run() noexcept;
  void stop() noexcept { stop_ = true; }

  // Runs `task` on the worker between two bursts and returns when it is done. One caller at a time.
  void run_on_worker(const Task& task);

  std::uint16_t send(PortId port, rte_mbuf** packets, std::uint16_t count) noexcept override;
  std::uint16_t send_to_host(rte_mbuf** packets, std::uint16_t count) noexcept override;

 private:
  [[nodiscard]] std::size_t poll(const Snapshot& now) noexcept;
  void do_task(const Snapshot& now) noexcept;
  void rest(bool was_busy) noexcept;

  Worker& worker_;
  Published<Snapshot>& snapshots_;
  Queues& queues_;
  Taps& taps_;
  Burst burst_;
  std::atomic<const Task*> task_{nullptr};
  std::atomic<bool> stop_{false};
  TickClock clock_;
  std::uint64_t tsc_per_us_;
  std::uint64_t last_work_ = 0;  // TSC
  std::uint32_t nap_us_ = 0;
};

}  // namespace viaduct::runtime
