#include "dataplane/runtime/queues.h"

#include <rte_pause.h>
#include <sched.h>

namespace viaduct::runtime {

std::uint16_t Queues::send(PortId port, std::size_t worker, rte_mbuf** frames,
                           std::uint16_t count) noexcept {
  if (spreads_[port]) {
    return rte_eth_tx_burst(port, static_cast<std::uint16_t>(worker), frames, count);
  }
  rte_spinlock_t& turn = transmits_[port].lock;
  // Whoever has the turn may have been preempted: then the core is better given to it.
  constexpr unsigned patience = 1000;
  for (unsigned tries = 1; rte_spinlock_trylock(&turn) == 0; ++tries) {
    if (tries % patience == 0) sched_yield();
    rte_pause();
  }
  const std::uint16_t sent = rte_eth_tx_burst(port, 0, frames, count);
  rte_spinlock_unlock(&turn);
  return sent;
}

}  // namespace viaduct::runtime
