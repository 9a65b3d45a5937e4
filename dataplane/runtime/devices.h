#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "dataplane/core/snapshot.h"
#include "dataplane/interface/interface.h"
#include "dataplane/runtime/queues.h"

struct rte_mempool;

namespace viaduct::runtime {

// The DPDK devices behind the document's ports. Opening one takes tens of milliseconds and disturbs
// no packet. Control thread only.
class Devices {
 public:
  struct State {
    PortId port = no_port;
    std::string detail;  // why it is missing
  };

  Devices(rte_mempool* buffers, std::uint16_t largest_mtu, Queues& queues)
      : buffers_(buffers), largest_mtu_(largest_mtu), queues_(queues) {}
  ~Devices();
  Devices(const Devices&) = delete;
  Devices& operator=(const Devices&) = delete;

  // Opens what is new, tries again what is missing, and notices when the kernel interface behind a
  // device is another now; says whether anything changed. What is
  // open but no longer wanted stays until close_unused(), which comes after the workers left it.
  bool open_wanted(const api::Named<interface::Port>& wanted);
  void close_unused();

  // By port id. A port that was never asked for has no state.
  [[nodiscard]] const State* find(const std::string& port) const;
  [[nodiscard]] const std::map<std::string, State>& all() const { return states_; }
  [[nodiscard]] std::vector<PortId> open_ports() const;

 private:
  struct Open {
    interface::Port resource;
    PortId port;
    std::optional<unsigned> behind;  // index of the kernel interface that the device names
  };
  Result<PortId> open(const interface::Port& resource);
  static void close(PortId port);

  rte_mempool* buffers_;
  std::uint16_t largest_mtu_;
  Queues& queues_;
  std::map<std::string, State> states_;
  std::vector<Open> open_;
};

}  // namespace viaduct::runtime
