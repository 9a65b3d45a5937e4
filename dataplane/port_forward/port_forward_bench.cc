#include <benchmark/benchmark.h>

#include "dataplane/document.h"
#include "dataplane/port_forward/port_forward.h"
#include "tests/two_networks.h"

namespace viaduct {
namespace {

using port_forward::Rule;
using port_forward::Table;

constexpr std::int64_t ports_per_address = 1000;

Endpoint public_endpoint(std::int64_t n) {
  return {Address::v4(Be32::of(0xc6120002 + static_cast<std::uint32_t>(n / ports_per_address))),
          static_cast<std::uint16_t>(1 + n % ports_per_address)};
}

// A router with two networks and `count` forwards of one port each.
Document document_with(std::int64_t count) {
  Document document = two_networks();
  const EndpointRange guest = parse_endpoint_range("10.1.1.20:80").value();
  for (std::int64_t n = 0; n < count; ++n) {
    const Endpoint at = public_endpoint(n);
    document.routers["red"].of<Rule>()["web-" + std::to_string(n)] = {
        Protocol::tcp, {at.address, {at.port, at.port}}, guest, {}, OnRemove::cut};
  }
  return document;
}

void find_among(benchmark::State& state) {
  Directory directory;
  const auto configuration = compile(document_with(state.range(0)), directory).value();
  const auto& table = configuration.routers[0]->of<Table>();
  std::int64_t n = 0;
  for ([[maybe_unused]] auto _ : state) {
    n = (n + 7919) % state.range(0);
    benchmark::DoNotOptimize(table.find(Protocol::tcp, public_endpoint(n)));
  }
}
BENCHMARK(find_among)->Arg(10)->Arg(1000)->Arg(100'000);

void compile_table(benchmark::State& state) {
  Directory directory;
  const auto configuration = compile(document_with(10'000), directory).value();
  const CompiledRouter& router = *configuration.routers[0];
  const Claims claims;
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(Table::compile(
        router.desired.of<Rule>(), {"red", *router.interfaces, router.routes, claims, directory}));
  }
}
BENCHMARK(compile_table)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace viaduct
