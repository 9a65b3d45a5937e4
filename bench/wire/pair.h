#pragma once

#include <memory>
#include <string>

#include "base/private_directory.h"
#include "base/process.h"
#include "bench/run.h"
#include "bench/wire/device.h"
#include "bench/wire/generator.h"
#include "bench/wire/ports.h"

namespace viaduct::bench {

// The core beside the device's, where frames are made and counted. Pins the calling thread to it.
Result<void> take_core_beside(const Options& options);

// Two wires between a device under test and the generator.
struct Wires {
  Ports::Plan device;
  Ports::Plan generator;
  double burst_seconds = 3e-6;
};
// Shared memory between two processes; their socket is in `directory`.
[[nodiscard]] Wires memif_wires(const PrivateDirectory& directory);

// Viaduct's worker in a process of its own.
class Viaduct {
 public:
  // Returns once it forwards. `core` is its own.
  static Result<Viaduct> start(const Case& measured, const Ports::Plan& ports, unsigned core,
                               const PrivateDirectory& directory);
  [[nodiscard]] const DeviceCounters& counters() const { return *counters_; }
  // Fails if it has ended.
  Result<void> check();
  [[nodiscard]] std::uint64_t involuntary_switches() const {
    return process_.involuntary_switches();
  }

 private:
  Viaduct(Process process, SharedCounters counters)
      : process_(std::move(process)), counters_(std::move(counters)) {}
  Process process_;
  SharedCounters counters_;
};

// The generator here and Viaduct in another process, joined by two memifs; all conversations are
// open.
struct Pair {
  PrivateDirectory directory;
  Viaduct viaduct;
  std::unique_ptr<Ports> ports;
  std::unique_ptr<Generator> generator;

  static Result<Pair> make(const Options& options, const Case& measured,
                           const FrameLengths& lengths, Progress& progress);
};

}  // namespace viaduct::bench
