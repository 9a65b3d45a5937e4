#pragma once

#include <string>

#include "api/settings.h"
#include "base/result.h"

struct rte_mempool;

// DPDK's environment: started once, before anything else of the packet path.
namespace viaduct::runtime {

// Logical cores as EAL numbers them, whatever cores they run on.
constexpr unsigned main_lcore = 0;
constexpr unsigned first_worker_lcore = 1;  // others follow

struct Environment {
  bool huge_pages = false;
};

// Starts EAL with huge pages if the settings and the machine allow it.
Result<Environment> start_eal(const Settings::Dataplane& settings);

// The packet buffers, each large enough for `largest_mtu` and our headroom.
Result<rte_mempool*> make_buffers(const Settings::Dataplane& settings);

// Whether this CPU has what the packet path is compiled for (x86-64-v3).
Result<void> check_cpu();

}  // namespace viaduct::runtime
