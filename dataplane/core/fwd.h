#pragma once

// The core's names without its DPDK, so that whoever only passes them along stays clean.
namespace viaduct {
class Burst;
class Snapshot;
class Worker;
}  // namespace viaduct
