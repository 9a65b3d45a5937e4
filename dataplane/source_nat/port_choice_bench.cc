#include <benchmark/benchmark.h>

#include "dataplane/document.h"
#include "dataplane/source_nat/port_choice.h"

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
  Document document;
  document.ports["wan"] = {.device = "net_ring0", .network_namespace = ""};
  Router& router = document.routers["red"];
  auto& interfaces = router.of<interface::Interface>();
  interfaces["public0"] = {.role = interface::Role::external,
                           .port = "wan",
                           .addresses = {parse_interface_address("203.0.113.2/24").value()}};
  interfaces["guest0"] = {.role = interface::Role::guest,
                          .port = "wan",
                          .vlan = 1,
                          .addresses = {parse_interface_address("10.1.1.1/24").value()}};
  router.of<source_nat::Rule>()["default"].addresses = {parse_address("203.0.113.2").value()};
  return document;
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
