#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <vector>

#include "services/guest/dhcp/server.h"
#include "services/guest/dhcp/test_support.h"

namespace viaduct::dhcp::test {
namespace {

constexpr std::uint32_t clients = 10'000;
constexpr std::string_view network = "red/guest0";
constexpr Time start{std::chrono::seconds{1'700'000'000}};

Subnet subnet() {
  Subnet made;
  made.interface = "guest0";
  made.subnet = parse_prefix("10.1.0.0/16").value();
  made.server = address("10.1.0.1");
  made.router = made.server;
  made.dns_servers = {made.server, address("198.51.100.53")};
  made.domain = "iso1.example.internal";
  made.mtu = std::uint16_t{1500};
  made.new_clients_per_second = 1'000'000;
  return made;
}

Address guest_address(std::uint32_t number) {
  return Address::v4(Be32::of(address("10.1.1.0").as_v4().host() + number));
}

void reserve_all(Server& server, std::uint32_t of_stations_from) {
  for (std::uint32_t i = 0; i < clients; ++i) {
    Reservation made;
    made.interface = "guest0";
    made.mac = numbered_mac(of_stations_from + i);
    made.address = guest_address(i);
    made.host_name = "guest" + std::to_string(i);
    if (!server.set_reservation(network, std::to_string(i), made)) std::abort();
  }
}

Draft asking(Kind kind, std::uint32_t number) {
  return Draft{kind, numbered_mac(number)}.asks_for(
      {Code::subnet_mask, Code::broadcast_address, Code::router, Code::domain_name,
       Code::domain_name_servers, Code::domain_search, Code::host_name, Code::interface_mtu,
       Code::classless_routes, Code::ntp_servers});
}

// What all clients send, drafted beforehand: that is not what is measured.
struct Traffic {
  std::vector<Bytes> discovers;
  std::vector<Bytes> requests;

  explicit Traffic(Server& server) {
    for (std::uint32_t i = 0; i < clients; ++i) {
      discovers.push_back(asking(Kind::discover, i).bytes());
      const auto offer = server.handle(network, discovers.back(), start + std::chrono::seconds{i});
      requests.push_back(asking(Kind::request, i)
                             .option(Code::server_identifier, subnet().server)
                             .option(Code::requested_address, read_message(offer->bytes)->yours)
                             .bytes());
    }
  }
};

// DISCOVER, OFFER, REQUEST and ACK, one client after the other.
void exchange(benchmark::State& state, Server& server) {
  const Traffic traffic{server};
  std::uint32_t i = 0;
  Time now = start + std::chrono::hours{24};
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(server.handle(network, traffic.discovers[i], now));
    benchmark::DoNotOptimize(server.handle(network, traffic.requests[i], now));
    if (++i < clients) continue;
    i = 0;
    now += std::chrono::hours{2};
    // Else the memory of a journal that nobody stores would be measured.
    if (server.next_batch()) server.stored(false);
  }
  state.SetItemsProcessed(state.iterations());
}

void exchange_with_a_reservation(benchmark::State& state) {
  Server server;
  if (!server.set_subnet(network, "guest0", subnet())) std::abort();
  reserve_all(server, 0);
  exchange(state, server);
}
BENCHMARK(exchange_with_a_reservation);

void exchange_from_a_range(benchmark::State& state) {
  Server server;
  Subnet made = subnet();
  made.ranges = {parse_address_range("10.1.1.0-10.1.128.255").value()};
  if (!server.set_subnet(network, "guest0", made)) std::abort();
  exchange(state, server);
}
BENCHMARK(exchange_from_a_range);

// So many exchanges, and then the one fdatasync that they share.
void stored_exchanges(benchmark::State& state) {
  const auto batch_size = static_cast<std::uint32_t>(state.range(0));
  std::string folder = "/tmp/viaduct-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) std::abort();
  LeaseFile file{folder + "/leases"};
  Server server;
  server.restore(file.open().value());
  if (!server.set_subnet(network, "guest0", subnet())) std::abort();
  reserve_all(server, 0);
  const Traffic traffic{server};
  std::uint32_t i = 0;
  Time now = start;
  for ([[maybe_unused]] auto _ : state) {
    for (std::uint32_t n = 0; n < batch_size; ++n) {
      benchmark::DoNotOptimize(server.handle(network, traffic.discovers[i], now));
      benchmark::DoNotOptimize(server.handle(network, traffic.requests[i], now));
      i = (i + 1) % clients;
    }
    now += std::chrono::seconds{1};
    if (const auto batch = server.next_batch()) server.stored(file.store(*batch));
  }
  state.SetItemsProcessed(state.iterations() * batch_size);
  std::filesystem::remove_all(folder);
}
BENCHMARK(stored_exchanges)->Arg(1)->Arg(16)->Arg(64)->Arg(256)->UseRealTime();

// Guests are replaced one by one, each under its former address.
void change_10000_reservations(benchmark::State& state) {
  Server server;
  if (!server.set_subnet(network, "guest0", subnet())) std::abort();
  std::uint32_t generation = 0;
  for ([[maybe_unused]] auto _ : state) reserve_all(server, clients * generation++);
}
BENCHMARK(change_10000_reservations)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace viaduct::dhcp::test
