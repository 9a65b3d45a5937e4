#include "dataplane/runtime/devices.h"

#include <linux/if_packet.h>
#include <net/if.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "dataplane/runtime/network_namespace.h"

namespace viaduct::runtime {
namespace {

constexpr std::uint16_t descriptors = 1024;
constexpr unsigned any_socket = static_cast<unsigned>(SOCKET_ID_ANY);

Result<void> failed(const std::string& what, int code) {
  return fail(Fault::unavailable, "", what + ": " + rte_strerror(code < 0 ? -code : code));
}

Result<void> set_up_queues(PortId port, std::uint16_t pairs, rte_mempool* buffers) {
  std::uint16_t rx = descriptors;
  std::uint16_t tx = descriptors;
  (void)rte_eth_dev_adjust_nb_rx_tx_desc(port, &rx, &tx);
  for (std::uint16_t queue = 0; queue < pairs; ++queue) {
    if (const int code = rte_eth_rx_queue_setup(port, queue, rx, any_socket, nullptr, buffers);
        code != 0) {
      return failed("no receive queue", code);
    }
    if (const int code = rte_eth_tx_queue_setup(port, queue, tx, any_socket, nullptr); code != 0) {
      return failed("no transmit queue", code);
    }
  }
  return {};
}

Result<void> start(PortId port, rte_mempool* buffers, std::uint16_t largest_mtu, Queues& queues) {
  rte_eth_dev_info info{};
  if (const int code = rte_eth_dev_info_get(port, &info); code != 0) {
    return failed("the device does not describe itself", code);
  }
  const std::uint16_t pairs = queues.wanted(info);
  rte_eth_conf conf{};
  if (pairs > 1) {
    conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
    conf.rx_adv_conf.rss_conf.rss_hf =
        info.flow_type_rss_offloads & (RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP);
  }
  if (const int code = rte_eth_dev_configure(port, pairs, pairs, &conf); code != 0) {
    return failed("the device takes no configuration", code);
  }
  TRY(set_up_queues(port, pairs, buffers));
  queues.set(port, pairs);
  // Some drivers take only what their device has by itself.
  if (info.max_mtu >= largest_mtu) (void)rte_eth_dev_set_mtu(port, largest_mtu);
  if (const int code = rte_eth_dev_start(port); code != 0) {
    return failed("the device does not start", code);
  }
  // Several interfaces with their own Ethernet addresses may share a wire.
  (void)rte_eth_promiscuous_enable(port);
  return {};
}

// The index of the kernel interface that a virtual device names, 0 if that does not exist; none for
// devices that name none.
std::optional<unsigned> interface_behind(const interface::Port& resource) {
  constexpr std::string_view argument = ",iface=";
  const auto at = resource.device.find(argument);
  if (at == std::string::npos || resource.device.starts_with("net_tap")) return std::nullopt;
  const auto begin = at + argument.size();
  const std::string name = resource.device.substr(begin, resource.device.find(',', begin) - begin);
  unsigned index = 0;
  (void)inside(resource.network_namespace, [&]() -> Result<void> {
    index = if_nametoindex(name.c_str());
    return {};
  });
  return index;
}

}  // namespace

Devices::~Devices() {
  for (const Open& open : open_) close(open.port);
}

Result<PortId> Devices::open(const interface::Port& resource) {
  const bool in_use = std::ranges::any_of(open_, [&](const Open& other) {
    return other.resource.device_name() == resource.device_name();
  });
  if (in_use) {
    return fail(Fault::conflict, "",
                std::string{resource.device_name()} + " is still open with other arguments");
  }
  PortId port = no_port;
  const auto outcome = inside(resource.network_namespace, [&]() -> Result<void> {
    const std::string name{resource.device_name()};
    const bool is_there = rte_eth_dev_get_port_by_name(name.c_str(), &port) == 0;
    if (!is_there) {
      if (const int code = rte_dev_probe(resource.device.c_str()); code != 0) {
        return failed("cannot open '" + resource.device + "'", code);
      }
      if (rte_eth_dev_get_port_by_name(name.c_str(), &port) != 0) {
        return fail(Fault::unavailable, "", "'" + resource.device + "' is no network device");
      }
    }
    return start(port, buffers_, largest_mtu_, queues_);
  });
  if (outcome) return port;
  if (port != no_port) close(port);
  return tl::unexpected<Error>{outcome.error()};
}

void Devices::close(PortId port) {
  rte_eth_dev_info info{};
  const bool known = rte_eth_dev_info_get(port, &info) == 0;
  (void)rte_eth_dev_stop(port);
  (void)rte_eth_dev_close(port);
  if (known && info.device != nullptr) (void)rte_dev_remove(info.device);
}

bool Devices::open_wanted(const api::Named<interface::Port>& wanted) {
  // States first, so that the next snapshot no longer polls what is to be closed after it.
  bool changed =
      std::erase_if(states_, [&](const auto& state) { return !wanted.contains(state.first); }) != 0;
  for (const auto& entry : wanted) {
    const std::string& id = entry.first;
    const interface::Port& resource = entry.second;
    const std::optional<unsigned> behind = interface_behind(resource);
    const auto same = std::ranges::find_if(open_, [&port = resource, &behind](const Open& other) {
      return other.resource == port && other.behind == behind;
    });
    State next;
    if (same != open_.end()) {
      next.port = same->port;
    } else if (behind == 0U) {
      next.detail = "the interface that it names does not exist";
    } else if (const auto port = open(resource)) {
      open_.push_back({resource, *port, behind});
      next.port = *port;
      spdlog::info("port '{}' is up: {}", id, resource.device);
    } else {
      next.detail = port.error().why;
    }
    State& state = states_[id];
    changed |= state.port != next.port;
    if (next.port == no_port && state.detail != next.detail) {
      spdlog::warn("port '{}' is missing: {}", id, next.detail);
    }
    state = std::move(next);
  }
  return changed;
}

void Devices::close_unused() {
  std::erase_if(open_, [&](const Open& open) {
    const bool is_used = std::ranges::any_of(
        states_, [&](const auto& state) { return state.second.port == open.port; });
    if (!is_used) close(open.port);
    return !is_used;
  });
}

const Devices::State* Devices::find(const std::string& port) const {
  const auto found = states_.find(port);
  return found == states_.end() ? nullptr : &found->second;
}

std::vector<PortId> Devices::open_ports() const {
  std::vector<PortId> ports;
  for (const auto& [id, state] : states_) {
    if (state.port != no_port) ports.push_back(state.port);
  }
  return ports;
}

}  // namespace viaduct::runtime

// In the place of the C library's function, for drivers as well. net_af_packet has the kernel put
// fragments together, cuts what is then larger than a frame, and has no argument about it in DPDK
// 22.11. With this the kernel hands them over as they come.
extern "C" int setsockopt(int socket, int level, int option, const void* value,
                          socklen_t length) noexcept {
  int fanout = 0;
  if (level == SOL_PACKET && option == PACKET_FANOUT && length == sizeof fanout) {
    std::memcpy(&fanout, value, sizeof fanout);
    fanout &= ~(PACKET_FANOUT_FLAG_DEFRAG << 16);
    value = &fanout;
  }
  return static_cast<int>(syscall(SYS_setsockopt, socket, level, option, value, length));
}
