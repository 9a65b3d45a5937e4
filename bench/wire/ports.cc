#include "bench/wire/ports.h"

#include <rte_ethdev.h>
#include <rte_log.h>
#include <rte_mempool.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <thread>

#include "api/settings.h"
#include "base/interrupt.h"
#include "dataplane/runtime/eal.h"

namespace viaduct::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t packet_buffers = 16'384;
constexpr std::uint16_t largest_mtu = 1500;  // more does not fit into AF_PACKET's rings
constexpr auto link_patience = 10s;

Result<rte_mempool*> buffers_of_this_process() {
  static rte_mempool* made = nullptr;
  if (made == nullptr) {
    Settings settings;
    settings.dataplane.packet_buffers = packet_buffers;
    settings.dataplane.largest_mtu = largest_mtu;
    made = TRY(runtime::make_buffers(settings.dataplane));
  }
  return made;
}

bool has_link(PortId port) {
  rte_eth_link link{};
  return rte_eth_link_get_nowait(port, &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
}

}  // namespace

Ports::Ports(rte_mempool* buffers) : buffers_(buffers), devices_(buffers, largest_mtu, queues_) {}

Result<std::unique_ptr<Ports>> Ports::open(const Plan& plan) {
  spdlog::set_level(spdlog::level::err);
  // It regrets with each device that an environment in memory has no secondary processes.
  (void)rte_log_set_level_pattern("pmd.net.memif", RTE_LOG_CRIT);
  std::unique_ptr<Ports> ports{new Ports{TRY(buffers_of_this_process())}};
  api::Named<interface::Port> wanted;
  wanted[std::string{Case::wan}] = {plan.wan, plan.network_namespace};
  wanted[std::string{Case::lan}] = {plan.lan, plan.network_namespace};
  ports->devices_.open_wanted(wanted);
  for (const auto& [id, state] : ports->devices_.all()) {
    if (state.port == no_port) return fail(Fault::unavailable, id, state.detail);
  }
  ports->wires_ = {ports->devices_.find(std::string{Case::wan})->port,
                   ports->devices_.find(std::string{Case::lan})->port};
  return ports;
}

Result<void> Ports::wait_for_link() const {
  const auto deadline = std::chrono::steady_clock::now() + link_patience;
  while (!has_link(wires_.wan) || !has_link(wires_.lan)) {
    TRY(check_interrupts());
    if (std::chrono::steady_clock::now() > deadline) {
      return fail(Fault::unavailable, "", "there is nobody at the other end of the wire");
    }
    std::this_thread::sleep_for(1ms);
  }
  return {};
}

}  // namespace viaduct::bench
