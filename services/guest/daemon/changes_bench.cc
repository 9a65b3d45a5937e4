#include <benchmark/benchmark.h>

#include <vector>

#include "services/guest/daemon/test_support.h"

namespace viaduct::guestd::test {
namespace {

constexpr int count = 10'000;

// Reservations added one by one, each by a message of its own.
std::vector<std::string> messages() {
  std::vector<std::string> all;
  all.reserve(count);
  for (int i = 0; i < count; ++i) {
    const std::string id = std::to_string(i);
    const Address address = Address::v4(Be32::of(0x0a010100U + static_cast<unsigned>(i)));
    Mac mac{{2, 0, 0, 1, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)}};
    all.push_back(R"({"op":"apply","revision":)" + std::to_string(i + 2) + R"(,"base":)" +
                  std::to_string(i + 1) +
                  R"(,"changes":[{"path":"/routers/red/dhcp_reservations/vm)" + id +
                  R"(","after":{"interface":"guest0","mac":")" + to_string(mac) +
                  R"(","address":")" + to_string(address) + "\"}}]}");
  }
  return all;
}

void changes_one_by_one(benchmark::State& state) {
  const auto all = messages();
  for (auto _ : state) {
    state.PauseTiming();
    auto world = std::make_unique<World>();
    (void)world->ask(apply_red());
    state.ResumeTiming();
    for (const std::string& message : all) {
      world->control->ask(message, [&](const std::string& answer) {
        if (answer.find("\"ok\":true") == std::string::npos) state.SkipWithError(answer.c_str());
      });
    }
    state.PauseTiming();
    world.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * count);
}
BENCHMARK(changes_one_by_one)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace viaduct::guestd::test
