#include <benchmark/benchmark.h>

#include <string>

#include "dataplane/firewall/firewall.h"
#include "dataplane/interface/interface.h"

namespace viaduct {
namespace {

using firewall::Rule;
using firewall::Table;

constexpr std::uint32_t first_address = 0xcb007100;  // 203.0.113.0

Address public_address(std::int64_t n) {
  return Address::v4(Be32::of(first_address + static_cast<std::uint32_t>(n)));
}

PortRange one_port(std::int64_t n) {
  const auto port = static_cast<std::uint16_t>(1 + n % 65'535);
  return {port, port};
}

// One port of one address each; all on one address, or each on its own.
api::Named<Rule> rules_on(std::int64_t count, bool one_address) {
  api::Named<Rule> rules;
  for (std::int64_t n = 0; n < count; ++n) {
    rules["rule-" + std::to_string(n)] = {
        .destination = Prefix::host(public_address(one_address ? 0 : n)),
        .protocol = Protocol::tcp,
        .ports = one_port(n)};
  }
  return rules;
}

// Half on one wide prefix, half on addresses inside it.
api::Named<Rule> nested_rules(std::int64_t count) {
  const auto addresses = rules_on(count, false);
  auto rules = addresses;
  bool is_wide = false;
  for (const auto& [id, rule] : addresses) {
    if (is_wide) rules[id].destination = Prefix{public_address(0), Address::v4_offset + 4};
    is_wide = !is_wide;
  }
  return rules;
}

struct World {
  Directory directory;
  interface::Table interfaces;
  route::Table routes;
  Claims claims;
  Table compiled(const api::Named<Rule>& rules) {
    return Table::compile(rules, {"red", interfaces, routes, claims, directory}).value();
  }
};

void compile_rules(benchmark::State& state, const api::Named<Rule>& rules) {
  World world;
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(world.compiled(rules));
}
BENCHMARK_CAPTURE(compile_rules, 10000_on_one_address, rules_on(10'000, true))
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(compile_rules, 10000_on_as_many_addresses, rules_on(10'000, false))
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(compile_rules, 10000_half_on_a_wider_prefix, nested_rules(10'000))
    ->Unit(benchmark::kMillisecond);

// Looks up the rule that was written last.
void find_among_addresses(benchmark::State& state) {
  World world;
  const Table table = world.compiled(rules_on(state.range(0), false));
  const Address source = public_address(-1);
  std::int64_t n = 0;
  for ([[maybe_unused]] auto _ : state) {
    n = (n + 7919) % state.range(0);
    benchmark::DoNotOptimize(
        table.find(source, public_address(n),
                   {.protocol = Protocol::tcp, .destination_port = one_port(n).first}));
  }
}
BENCHMARK(find_among_addresses)->Arg(10)->Arg(1000)->Arg(100'000);

// The worst case: all rules on one address, and none of them opens.
void refuse_on_one_address(benchmark::State& state) {
  World world;
  const Table table = world.compiled(rules_on(state.range(0), true));
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(
        table.find(public_address(-1), public_address(0), {.protocol = Protocol::udp}));
  }
}
BENCHMARK(refuse_on_one_address)->Arg(10)->Arg(1000)->Arg(100'000);

}  // namespace
}  // namespace viaduct
