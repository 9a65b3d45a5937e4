#pragma once

#include <memory>
#include <vector>

#include "bench/cases.h"
#include "dataplane/core/workers.h"

struct rte_mempool;

namespace viaduct::bench {

// The ports by which a case's router is reached, at either end of their wires.
struct RouterPorts {
  PortId wan = 0;
  PortId lan = 0;
};

// A generation of the case's router at these ports. Every public address that fits is metered.
[[nodiscard]] std::unique_ptr<Snapshot> take_snapshot(const Configuration& configuration,
                                                      const RouterPorts& ports,
                                                      std::uint32_t generation,
                                                      const Snapshot* before = nullptr);

// Its interface to its guests, or to the outside.
[[nodiscard]] const InterfaceView& interface_of(const Snapshot& snapshot, bool to_guests);

// A case's router, with as many workers as are measured at a time.
class MeasuredRouter {
 public:
  struct Setup {
    unsigned workers = 1;
    std::uint32_t spare_sessions = 0;  // room for more than the case opens
    unsigned buffers = 0;              // of packets
    RouterPorts ports;
  };
  static Result<std::shared_ptr<MeasuredRouter>> make(const Case& measured, const Setup& setup);
  ~MeasuredRouter();
  MeasuredRouter(const MeasuredRouter&) = delete;
  MeasuredRouter& operator=(const MeasuredRouter&) = delete;

  [[nodiscard]] Workers& workers() { return *workers_; }
  // How much of the memory of its sessions is on huge pages; the rest makes figures worse.
  [[nodiscard]] double share_on_huge_pages() const { return share_on_huge_pages_; }
  [[nodiscard]] rte_mempool* buffers() { return buffers_; }
  [[nodiscard]] const std::shared_ptr<const Snapshot>& snapshot() const { return snapshot_; }

 private:
  MeasuredRouter() = default;
  rte_mempool* buffers_ = nullptr;
  double share_on_huge_pages_ = 0;
  std::vector<std::vector<usage::Counters>> usage_;
  std::unique_ptr<Workers> workers_;
  Directory directory_;
  std::shared_ptr<const Snapshot> snapshot_;
};

}  // namespace viaduct::bench
