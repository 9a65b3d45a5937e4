#include <benchmark/benchmark.h>

#include "base/checksum.h"

namespace viaduct {
namespace {

// What source NAT does to a TCP packet: another address and another port.
void translate_one_packet(benchmark::State& state) {
  const Be32 private_address = Be32::of(0x0a010114);
  const Be32 public_address = Be32::of(0xcb007102);
  Be16 checksum = Be16::of(0x1234);
  for ([[maybe_unused]] auto _ : state) {
    const Change edits =
        change(private_address, public_address) + change(Be16::of(40000), Be16::of(50000));
    benchmark::DoNotOptimize(checksum = edits.applied_to(checksum));
  }
}
BENCHMARK(translate_one_packet);

// The same from a change that the flow remembers.
void apply_a_remembered_change(benchmark::State& state) {
  std::uint16_t remembered = change(Be32::of(0x0a010114), Be32::of(0xcb007102)).folded();
  Be16 checksum = Be16::of(0x1234);
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(remembered);
    benchmark::DoNotOptimize(checksum = Change::folded_from(remembered).applied_to(checksum));
  }
}
BENCHMARK(apply_a_remembered_change);

}  // namespace
}  // namespace viaduct
