#include <benchmark/benchmark.h>

#include "dataplane/document.h"
#include "dataplane/source_nat/port_choice.h"
#include "tests/two_networks.h"

namespace viaduct {
namespace {

using source_nat::Parity;
using source_nat::PortChoice;
using source_nat::PublicPorts;
using source_nat::Table;

constexpr std::size_t udp = 1;
constexpr std::uint16_t no_block = 0;

// A router whose guests share one public address.
Document document() {
  Document made = two_networks();
  made.routers["red"].of<source_nat::Rule>()["default"].addresses = {
      parse_address("198.18.0.2").value()};
  return made;
}

// A port that is not the guest's own, and back again, of an address of whose ports so many percent
// are taken; with 100, that none is left.
void choose_port(benchmark::State& state) {
  Directory directory;
  const auto configuration = compile(document(), directory).value();
  const auto& table = configuration.routers[0]->of<Table>();
  const Endpoint guest{parse_address("10.1.1.11").value(), 80};
  const Table::PublicAddress& at = table.find(guest.address)->addresses.front();
  const Be32 owner = guest.address.as_v4();
  PublicPorts ports;
  std::uint64_t random = 42;
  for (std::uint32_t port = 1024; port < PublicPorts::count; ++port) {
    if (port * 61 % 100 >= static_cast<std::uint64_t>(state.range(0))) continue;
    (void)ports.take(owner, udp, static_cast<std::uint16_t>(port), no_block);
  }
  const auto take = [&](std::uint16_t port) { return ports.take(owner, udp, port, no_block); };
  for ([[maybe_unused]] auto _ : state) {
    const PortChoice choice{{table, at, ports, Protocol::udp, udp, guest, network::defaults},
                            random};
    const std::uint16_t port = choice.make(take);
    if (port != 0) ports.give_back(udp, port);
  }
}
BENCHMARK(choose_port)->Arg(0)->Arg(50)->Arg(99)->Arg(100);

}  // namespace
}  // namespace viaduct
