#include "dataplane/runtime/queues.h"

#include <mutex>

namespace viaduct::runtime {

std::uint16_t Queues::send(PortId port, std::size_t worker, rte_mbuf** frames,
                           std::uint16_t count) noexcept {
  if (spreads_[port]) {
    return rte_eth_tx_burst(port, static_cast<std::uint16_t>(worker), frames, count);
  }
  const std::scoped_lock lock{turns_[port].lock};
  return rte_eth_tx_burst(port, 0, frames, count);
}

}  // namespace viaduct::runtime
