#include "dataplane/runtime/eal.h"

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <rte_mbuf.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <vector>

#include "dataplane/exchange/exchange.h"

namespace viaduct::runtime {
namespace {

std::size_t free_huge_pages() {
  std::ifstream file{"/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"};
  std::size_t pages = 0;
  file >> pages;
  return pages;
}

// "0@0,1@1": which logical core runs where.
std::string places_of(const Settings::Dataplane& settings) {
  std::string places = std::to_string(main_lcore) + "@" + std::to_string(settings.main_core);
  unsigned lcore = first_worker_lcore;
  for (const auto& core : settings.worker_cores) {
    places += "," + std::to_string(lcore++) + "@" + std::to_string(core);
  }
  return places;
}

// Two workers on one core would wait for each other.
Result<void> check_cores(const Settings::Dataplane& settings) {
  const auto& cores = settings.worker_cores;
  if (cores.empty() || cores.size() > exchange::Exchange::most_workers) {
    return fail(Fault::invalid, "worker_cores",
                "expected 1 to " + std::to_string(exchange::Exchange::most_workers) + " cores");
  }
  std::set<std::uint16_t> different;
  for (const auto& core : cores) different.insert(core.value);
  if (different.size() != cores.size()) {
    return fail(Fault::invalid, "worker_cores", "a core is given twice");
  }
  return {};
}

}  // namespace

Result<Environment> start_eal(const Settings::Dataplane& settings) {
  TRY(check_cores(settings));
  const std::size_t wanted = settings.memory_mb / 2;
  const bool enough = free_huge_pages() >= wanted;
  if (settings.hugepages == Hugepages::yes && !enough) {
    return fail(Fault::exhausted, "hugepages",
                std::to_string(wanted) + " free 2 MB pages are needed, there are " +
                    std::to_string(free_huge_pages()));
  }
  const bool huge = settings.hugepages != Hugepages::no && enough;
  std::vector<std::string> arguments{
      "viaduct-dataplane",        "--lcores",       places_of(settings), "--main-lcore",
      std::to_string(main_lcore), "--no-telemetry", "--log-level",       "warning"};
  arguments.insert(arguments.end(), {"-m", std::to_string(settings.memory_mb)});
  if (huge) {
    arguments.emplace_back("--in-memory");
  } else {
    // Without huge pages EAL keeps files, which another instance must not share.
    arguments.insert(arguments.end(), {"--no-huge", "--no-shconf", "--file-prefix",
                                       "viaduct" + std::to_string(getpid())});
  }
  // Devices come by name later on. An allow-list keeps EAL from taking all that it finds, and
  // unlike
  // --no-pci it lets the bus be scanned, without which no PCI device can be added.
  arguments.insert(arguments.end(), {"-a", "ffff:ff:1f.7"});
  for (const std::string& device : settings.devices) {
    arguments.insert(arguments.end(), {"-a", device});
  }
  std::vector<char*> raw;
  raw.reserve(arguments.size());
  for (std::string& argument : arguments) raw.push_back(argument.data());
  if (rte_eal_init(static_cast<int>(raw.size()), raw.data()) < 0) {
    return fail(Fault::unavailable, "dataplane",
                std::string{"DPDK's environment does not start: "} + rte_strerror(rte_errno));
  }
  return Environment{huge};
}

Result<rte_mempool*> make_buffers(const Settings::Dataplane& settings) {
  constexpr unsigned cache = 256;
  constexpr unsigned ethernet = 64;  // headers, tags and padding of a frame
  const unsigned frame = (settings.largest_mtu + ethernet + 63U) / 64U * 64U;
  // Drivers of virtual devices count on the usual size at least.
  const auto room = static_cast<std::uint16_t>(
      std::max<unsigned>(RTE_MBUF_DEFAULT_BUF_SIZE, RTE_PKTMBUF_HEADROOM + frame));
  // The TAPs' thread takes buffers too, and may be preempted while it does: the worker must not
  // spin until it runs again, hence not the default ring.
  rte_mempool* pool = rte_pktmbuf_pool_create_by_ops("packets", settings.packet_buffers, cache, 0,
                                                     room, SOCKET_ID_ANY, "ring_mt_rts");
  if (pool == nullptr) {
    return fail(Fault::exhausted, "packet_buffers",
                std::to_string(settings.packet_buffers) + " packet buffers of " +
                    std::to_string(room) + " bytes do not fit into memory_mb = " +
                    std::to_string(settings.memory_mb) + ": " + rte_strerror(rte_errno));
  }
  return pool;
}

Result<void> check_cpu() {
  const bool fits = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("bmi2") != 0 &&
                    __builtin_cpu_supports("fma") != 0;
  if (fits) return {};
  return fail(Fault::unavailable, "cpu",
              "viaduct-dataplane needs a CPU of x86-64-v3 (AVX2, BMI2, FMA: Haswell, Zen or "
              "later); for a virtual machine, choose a CPU model that shows them");
}

}  // namespace viaduct::runtime
