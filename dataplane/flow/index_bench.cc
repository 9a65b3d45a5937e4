#include <benchmark/benchmark.h>

#include "base/hash.h"
#include "dataplane/flow/index.h"

namespace viaduct::flow {
namespace {

std::uint64_t hash_of(std::uint32_t number) {
  return mix(mix(0x5eed, number), ~std::uint64_t{number});
}

constexpr auto take_first = [](std::uint32_t /*candidate*/) { return true; };

// Fills an index of `entries` as far as `percent` of what it is made for.
Index filled(std::uint32_t entries, std::uint32_t percent) {
  Index index{entries, true};
  for (std::uint32_t n = 0; n < entries / 100 * percent; ++n) {
    if (!index.insert(hash_of(n), n)) std::abort();
  }
  return index;
}

// A burst of 64, prefetched as the path does it.
void find_in_index(benchmark::State& state) {
  const auto entries = static_cast<std::uint32_t>(state.range(0));
  const Index index = filled(entries, 90);
  std::uint32_t n = 0;
  for ([[maybe_unused]] auto _ : state) {
    std::array<std::uint64_t, 64> hashes;
    for (std::uint64_t& hash : hashes) {
      n = (n + 7919) % (entries / 100 * 90);
      hash = hash_of(n);
      index.prefetch(hash);
    }
    for (const std::uint64_t hash : hashes) benchmark::DoNotOptimize(index.find(hash, take_first));
  }
  state.SetItemsProcessed(state.iterations() * 64);
}
BENCHMARK(find_in_index)->Arg(10'000)->Arg(1'000'000)->Arg(4'000'000);

void insert_into_index(benchmark::State& state) {
  const auto entries = static_cast<std::uint32_t>(state.range(0));
  Index index = filled(entries, static_cast<std::uint32_t>(state.range(1)));
  std::uint32_t n = entries;
  for ([[maybe_unused]] auto _ : state) {
    const std::uint64_t hash = hash_of(++n);
    benchmark::DoNotOptimize(index.insert(hash, n));
    index.erase(hash, n);
  }
}
BENCHMARK(insert_into_index)->Args({1'000'000, 50})->Args({1'000'000, 99});

}  // namespace
}  // namespace viaduct::flow
