#include <benchmark/benchmark.h>

#include "dataplane/flow/table.h"

namespace viaduct::flow {
namespace {

Key forward_key(std::uint32_t n) {
  return {Be32::of(0x0a000000U + n), Be32::of(0xc6336409U), Be16::of(40'000), Be16::of(80),
          Key::pack(Protocol::tcp, 1)};
}

Key reply_key(std::uint32_t n) {
  return {Be32::of(0xc6336409U), Be32::of(0xcb007100U + (n >> 16)), Be16::of(80),
          Be16::of(static_cast<std::uint16_t>(n)), Key::pack(Protocol::tcp, 1)};
}

// Finds bursts of 64 packets and touches their lines, as the path does it.
void find_sessions(benchmark::State& state) {
  const auto sessions = static_cast<std::uint32_t>(state.range(0));
  Table table{sessions, {0x1234567, 0x89abcdef}, true};
  for (std::uint32_t n = 0; n < sessions; ++n) {
    if (table.open(forward_key(n), reply_key(n)) == none) std::abort();
  }
  std::uint32_t n = 0;
  for ([[maybe_unused]] auto _ : state) {
    std::array<Key, 64> keys;
    std::array<std::uint64_t, 64> hashes;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      n = (n + 7919) % sessions;
      keys[i] = i % 2 == 0 ? forward_key(n) : reply_key(n);
      hashes[i] = table.hash(keys[i]);
      table.prefetch_bucket(hashes[i]);
    }
    std::array<Line*, 64> candidates;
    for (std::size_t i = 0; i < keys.size(); ++i) candidates[i] = table.candidate(hashes[i]);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      Line* line = candidates[i];
      if (line == nullptr || line->key != keys[i]) {
        line = &table.line(table.find(keys[i], hashes[i]));
      }
      ++line->packets;
    }
  }
  state.SetItemsProcessed(state.iterations() * 64);
}
BENCHMARK(find_sessions)->Arg(10'000)->Arg(1'000'000)->Arg(4'000'000);

void open_and_close_sessions(benchmark::State& state) {
  const auto sessions = static_cast<std::uint32_t>(state.range(0));
  Table table{sessions + 1, {0x1234567, 0x89abcdef}, true};
  for (std::uint32_t n = 0; n < sessions; ++n) (void)table.open(forward_key(n), reply_key(n));
  std::uint32_t n = sessions;
  for ([[maybe_unused]] auto _ : state) {
    ++n;
    table.close(table.open(forward_key(n), reply_key(n)));
  }
}
BENCHMARK(open_and_close_sessions)->Arg(10'000)->Arg(1'000'000);

}  // namespace
}  // namespace viaduct::flow
