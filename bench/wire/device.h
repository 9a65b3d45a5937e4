#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#include "bench/cases.h"
#include "dataplane/core/worker.h"

// The device under test: a process of its own with one worker, its packet path between two DPDK
// ports. What it counts lies in a file that whoever measures it has mapped too.
namespace viaduct::bench {

// Written by the device only, every now and then; of all packets since it began.
struct DeviceCounters {
  std::atomic<std::uint64_t> is_ready{0};
  std::atomic<std::uint64_t> packets{0};
  std::atomic<std::uint64_t> bursts{0};  // that had packets
  // TSC cycles of those bursts: all, and what receiving and sending had of it.
  std::atomic<std::uint64_t> cycles{0};
  std::atomic<std::uint64_t> receive_cycles{0};
  std::atomic<std::uint64_t> send_cycles{0};
  std::atomic<std::uint64_t> dropped{0};
  std::atomic<std::uint64_t> live_sessions{0};
  // Of those bursts that were measured by stage: their packets, and each stage's TSC cycles.
  std::atomic<std::uint64_t> staged_packets{0};
  std::array<std::atomic<std::uint64_t>, Worker::most_stages> stage_cycles{};
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

// Both ends of the file.
class SharedCounters {
 public:
  // `make`: the file is new.
  static Result<SharedCounters> open(const std::string& path, bool make);
  SharedCounters(SharedCounters&& other) noexcept
      : counters_(std::exchange(other.counters_, nullptr)) {}
  SharedCounters& operator=(SharedCounters&&) = delete;
  ~SharedCounters();
  DeviceCounters& operator*() const { return *counters_; }
  DeviceCounters* operator->() const { return counters_; }

 private:
  explicit SharedCounters(DeviceCounters* counters) : counters_(counters) {}
  DeviceCounters* counters_;
};

struct DeviceOptions {
  Kind kind = Kind::nat;
  std::uint32_t sessions = 1;
  std::uint32_t rules = 0;
  std::string wan;  // devargs
  std::string lan;
  std::string network_namespace;  // of both
  std::string counters;           // the file
};

// Forwards until it is killed.
Result<void> run_device(const DeviceOptions& options);

}  // namespace viaduct::bench
