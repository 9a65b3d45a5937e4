#pragma once

#include <rte_ethdev.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/spin_lock.h"
#include "dataplane/core/snapshot.h"

namespace viaduct::runtime {

// Which worker uses which queues of which device. A device that can spread packets by their
// addresses (RSS) has a pair of queues for each worker. Of any other one worker receives, and all
// take turns at its only transmit queue.
class Queues {
 public:
  explicit Queues(std::size_t workers) : workers_(workers) {}

  // Says how many pairs of queues a device of this kind is to have.
  [[nodiscard]] std::uint16_t wanted(const rte_eth_dev_info& info) const noexcept {
    const bool spreads = info.flow_type_rss_offloads != 0 && info.max_rx_queues >= workers_ &&
                         info.max_tx_queues >= workers_;
    return spreads ? static_cast<std::uint16_t>(workers_) : std::uint16_t{1};
  }
  // On the control thread, before a snapshot with this port is published.
  void set(PortId port, std::uint16_t pairs) noexcept { spreads_[port] = pairs == workers_; }

  // --- for one worker
  [[nodiscard]] std::uint16_t receive(PortId port, std::size_t worker, rte_mbuf** frames,
                                      std::uint16_t most) noexcept {
    if (spreads_[port]) {
      return rte_eth_rx_burst(port, static_cast<std::uint16_t>(worker), frames, most);
    }
    return port % workers_ == worker ? rte_eth_rx_burst(port, 0, frames, most) : std::uint16_t{0};
  }
  [[nodiscard]] std::uint16_t send(PortId port, std::size_t worker, rte_mbuf** frames,
                                   std::uint16_t count) noexcept;

 private:
  std::size_t workers_;
  std::array<bool, RTE_MAX_ETHPORTS> spreads_{};
  struct alignas(64) Turn {
    SpinLock lock;
  };
  std::array<Turn, RTE_MAX_ETHPORTS> turns_;  // to transmit
};

}  // namespace viaduct::runtime
