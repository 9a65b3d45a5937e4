#pragma once

#include <cstdint>
#include <optional>

#include "api/json.h"

namespace viaduct::bench {

// What this machine and this build are, so that figures can be compared or not.
[[nodiscard]] api::Json fingerprint();

// Binds the calling thread to one core; false if that may not be used.
[[nodiscard]] bool pin_to(unsigned core);

// Memory of this process that is on 2 MB pages which were reserved for it, in bytes.
[[nodiscard]] std::uint64_t bytes_on_huge_pages();

// Instructions that the calling thread retires in user mode, where the machine counts them.
class InstructionCounter {
 public:
  InstructionCounter();
  ~InstructionCounter();
  InstructionCounter(const InstructionCounter&) = delete;
  InstructionCounter& operator=(const InstructionCounter&) = delete;
  // So far; nothing where the machine does not count.
  [[nodiscard]] std::optional<std::uint64_t> read() const;

 private:
  int descriptor_;
};

// Listens for what else the machine does while something is measured.
class NoiseWatch {
 public:
  NoiseWatch();
  // Runs a fixed loop of arithmetic and notes how long it took: a quiet machine takes always as
  // long. To be called before each window.
  void sound();
  // Since the watch began: how far apart the loops were, time stolen by the hypervisor, switches to
  // other threads.
  struct Report {
    double reference_cycles = 0;  // TSC cycles per step of the loop, median
    double reference_spread = 0;
    double stolen = 0;  // seconds, of all cores
    std::uint64_t switches = 0;
  };
  [[nodiscard]] Report report() const;

 private:
  std::vector<double> soundings_;
  double stolen_before_;
  std::uint64_t switches_before_;
};

}  // namespace viaduct::bench
