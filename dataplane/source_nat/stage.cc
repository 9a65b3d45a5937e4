#include "dataplane/source_nat/stage.h"

#include "dataplane/core/burst.h"
#include "dataplane/core/worker.h"

namespace viaduct::source_nat {
namespace {

bool has_ports(const Opening& opening) noexcept {
  const Protocol protocol = opening.original.protocol;
  return protocol == Protocol::tcp || protocol == Protocol::udp ||
         (protocol == Protocol::icmp && opening.packet->icmp_query);
}

// The address to speak as, or nullptr to go on untranslated.
const Table::PublicAddress* choose(const Opening& opening, const Table& table) noexcept {
  const Address& guest = opening.original.source.address;
  if (opening.out == opening.in) {
    return opening.destination_translated ? table.hairpin_address(opening.in->slot()) : nullptr;
  }
  if (opening.out->config->role != interface::Role::external || opening.source_translated) {
    return nullptr;
  }
  const Table::Pool* pool = table.find(guest);
  if (pool == nullptr) return nullptr;
  if (opening.revived != nullptr) {
    // A session keeps its address as long as the pool has it.
    const Address now = opening.revived->leaves_as().source.address;
    for (const auto& at : pool->addresses) {
      if (at.address == now) return &at;
    }
  }
  return &pool->address_for(guest);
}

Mappings::Guest guest_of(const Opening& opening) noexcept {
  return {opening.original.protocol, opening.original.source};
}

void translate(Opening& opening, const Table::PublicAddress& at, Worker& self) noexcept {
  const auto& table = opening.router->of<Table>();
  const Mappings::Guest guest = guest_of(opening);
  auto& mappings = self.state<Table>();
  std::uint16_t port = opening.original.source.port;
  if (opening.revived != nullptr) {
    // At another address it ends, whatever the port.
    port = opening.revived->leaves_as().source.port;
  } else if (has_ports(opening)) {
    if (self.is_explaining()) {
      port = mappings.preview(table, at, guest);
    } else if ((opening.mapping = mappings.acquire(table, at, guest)) != 0) {
      port = mappings.port_of(opening.mapping);
    } else {
      port = 0;
    }
    if (port == 0) return self.refuse(opening, Reason::no_public_port);
  }
  opening.translated.source = {at.address, port};
  opening.source_translated = true;
  const Table::Pool* pool =
      opening.out == opening.in ? nullptr : table.find(guest.endpoint.address);
  if (pool != nullptr) {
    opening.nat_drains = pool->on_remove == OnRemove::drain;
    if (!self.is_explaining()) ++self.hits[pool->rule];
  }
  opening.tell(Stage::name, "source becomes", pool == nullptr ? 0 : pool->rule,
               opening.translated.source);
}

}  // namespace

// First what all packets need of memory, then what they do with it.
void Stage::run(Burst& burst, const Snapshot& /*now*/, Worker& self) noexcept {
  struct Task {
    Opening* opening;
    const Table::PublicAddress* at;
    Mappings::ChainId chain;
  };
  std::array<Task, Burst::capacity> tasks;
  std::size_t count = 0;
  auto& mappings = self.state<Table>();
  burst.each_opening([&](Opening& opening) {
    const bool is_guest = opening.in->config->role == interface::Role::guest && !opening.from_host;
    if (!is_guest || opening.out == nullptr) return;
    const Table::PublicAddress* at = choose(opening, opening.router->of<Table>());
    if (at == nullptr) return;
    tasks[count++] = {&opening, at, mappings.prefetch_chain(*at, guest_of(opening))};
  });
  for (std::size_t i = 0; i < count; ++i) mappings.prefetch_first(tasks[i].chain);
  for (std::size_t i = 0; i < count; ++i) translate(*tasks[i].opening, *tasks[i].at, self);
}

}  // namespace viaduct::source_nat
