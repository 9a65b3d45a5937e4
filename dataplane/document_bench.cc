#include <benchmark/benchmark.h>

#include "api/json.h"
#include "dataplane/document.h"
#include "tests/two_networks.h"

namespace viaduct {
namespace {

constexpr std::uint32_t many = 10'000;

Address numbered(std::uint32_t first, std::uint32_t n) {
  return Address::v4(Be32::of(first + n));
}

Document with_static_nats() {
  Document document = two_networks();
  for (std::uint32_t n = 0; n < many; ++n) {
    document.routers["red"].of<static_nat::Rule>()["nat-" + std::to_string(n)] = {
        numbered(0xc6120002, n), numbered(0x0a010002, n), OnRemove::cut};
  }
  return document;
}

Document with_firewall_rules() {
  Document document = two_networks();
  for (std::uint32_t n = 0; n < many; ++n) {
    document.routers["red"].of<firewall::Rule>()["rule-" + std::to_string(n)] = {
        .destination = Prefix::host(numbered(0xc6120002, n)), .protocol = Protocol::tcp};
  }
  return document;
}

Document with_source_prefixes() {
  Document document = two_networks();
  auto& rule = document.routers["red"].of<source_nat::Rule>()["pool"];
  rule.addresses = {numbered(0xc6120002, 0)};
  for (std::uint32_t n = 0; n < many; ++n) {
    rule.sources.push_back(Prefix::host(numbered(0x0a010002, n)));
  }
  return document;
}

Document with_interface_addresses() {
  Document document = two_networks();
  auto& interface = document.routers["red"].of<interface::Interface>()["public0"];
  for (std::uint32_t n = 0; n < many; ++n) {
    const Address address = numbered(0xac100000, 256 * n + 1);
    interface.addresses.push_back({address, Prefix{address, Address::v4_offset + 24}});
  }
  return document;
}

void compile_document(benchmark::State& state, const Document& document) {
  Directory directory;
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(compile(document, directory).value());
  }
}
BENCHMARK_CAPTURE(compile_document, static_nats, with_static_nats())->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(compile_document, firewall_rules, with_firewall_rules())
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(compile_document, source_prefixes, with_source_prefixes())
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(compile_document, interface_addresses, with_interface_addresses())
    ->Unit(benchmark::kMillisecond);

void read_text(benchmark::State& state) {
  const std::string text = write_document(with_firewall_rules()).dump();
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(read_document(api::parse_json(text).value()));
  }
}
BENCHMARK(read_text)->Unit(benchmark::kMillisecond);

void write_text(benchmark::State& state) {
  const Document document = with_firewall_rules();
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(write_document(document).dump());
  }
}
BENCHMARK(write_text)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace viaduct
