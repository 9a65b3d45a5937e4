#pragma once

#include <memory>
#include <string>

#include "bench/conversations.h"
#include "dataplane/runtime/devices.h"

struct rte_mempool;

namespace viaduct::bench {

// Two DPDK ports and the packet buffers that they share.
class Ports {
 public:
  struct Plan {
    std::string wan;  // devargs
    std::string lan;
    std::string network_namespace;
  };
  // Buffers are made once in a process and serve all that follow.
  static Result<std::unique_ptr<Ports>> open(const Plan& plan);
  Ports(const Ports&) = delete;
  Ports& operator=(const Ports&) = delete;
  ~Ports() = default;

  [[nodiscard]] const RouterPorts& wires() const { return wires_; }
  [[nodiscard]] rte_mempool* buffers() const { return buffers_; }
  // Waits until both have somebody at their other end.
  [[nodiscard]] Result<void> wait_for_link() const;

 private:
  explicit Ports(rte_mempool* buffers);
  rte_mempool* buffers_;
  runtime::Queues queues_{1};
  runtime::Devices devices_;
  RouterPorts wires_;
};

}  // namespace viaduct::bench
