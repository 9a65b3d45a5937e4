#include "dataplane/source_nat/stage.h"

#include "dataplane/core/burst.h"
#include "dataplane/core/worker.h"
#include "dataplane/icmp/errors.h"

namespace viaduct::source_nat {
namespace {

bool has_ports(const Opening& opening) noexcept {
  const Protocol protocol = opening.original.protocol;
  return protocol == Protocol::tcp || protocol == Protocol::udp ||
         (protocol == Protocol::icmp && opening.packet->icmp_query);
}

// The address to speak as, and the pool that it is of; no address to go on untranslated.
struct Choice {
  const Table::PublicAddress* at = nullptr;
  const Table::Pool* pool = nullptr;
};

Choice choose(const Opening& opening, const Table& table) noexcept {
  if (opening.source_translated) return {};
  const network::Settings& network = opening.in->config->network;
  const bool is_hairpin = opening.out == opening.in;
  if (is_hairpin && !opening.destination_translated) return {};
  if (is_hairpin && network.hairpin_source == network::Hairpin::router) {
    return {table.hairpin_address(opening.in->slot())};
  }
  const bool goes_out = opening.out->config->role == interface::Role::external;
  if (!is_hairpin && !goes_out) return {};
  const Endpoint& guest = opening.original.source;
  const Table::Pool* pool = table.find(guest.address);
  if (pool == nullptr) return {is_hairpin ? table.hairpin_address(opening.in->slot()) : nullptr};
  // A session keeps its address as long as the pool has it.
  const Address wanted =
      opening.revived != nullptr ? opening.revived->leaves_as().source.address : opening.speak_as;
  if (wanted != Address{}) {
    for (const auto& at : pool->addresses) {
      if (at.address == wanted) return {&at, pool};
    }
  }
  const bool is_paired = network.pooling == network::Pooling::paired;
  return {is_paired ? &pool->address_for(guest.address) : &pool->address_for(guest), pool};
}

Mappings::Wish wish_of(const Opening& opening) noexcept {
  return {opening.original.protocol, opening.original.source, opening.translated.destination,
          &opening.in->config->network};
}

// The port to speak as; 0 if there is none.
std::uint16_t take_port(Opening& opening, const Table::PublicAddress& at, Worker& self) noexcept {
  const auto& table = opening.router->of<Table>();
  const Mappings::Wish wish = wish_of(opening);
  auto& mappings = self.state<Table>();
  if (self.is_explaining()) return mappings.preview(table, at, wish);
  // A hairpin that came in by another guest's mapping holds its own from now on.
  if (opening.mapping != 0) mappings.release(opening.mapping);
  opening.mapping = mappings.acquire(table, at, wish);
  if (opening.mapping == 0) return 0;
  if (wish.network->filtering == network::Dependence::address) {
    opening.permits_peer = true;
    mappings.add_permit(opening.mapping, wish.peer.address.as_v4());
  }
  return mappings.port_of(opening.mapping);
}

// A session from before filtering by address was wanted permits its peer from now on.
void permit_peer(const Opening& opening, Worker& self) noexcept {
  flow::Line& forward = *opening.revived;
  const auto session = flow::Table::session_of(self.sessions.id_of(forward));
  const std::uint32_t mapping = self.sessions.info(session).mapping;
  if (mapping == 0 || forward.has(flow::permits) || self.is_explaining()) return;
  forward.flags |= flow::permits;
  self.state<Table>().add_permit(mapping, self.sessions.reply(session).key.source);
}

Reason why_there_is_no_port(const Opening& opening, const Table::PublicAddress& at,
                            Worker& self) noexcept {
  if (self.state<Table>().has_too_many(at, wish_of(opening))) return Reason::guest_port_limit;
  // There are as many mappings as sessions.
  const bool is_full = self.sessions.live_sessions() >= self.sessions.most_sessions();
  return is_full ? Reason::session_table_full : Reason::no_public_port;
}

void translate(Opening& opening, const Choice& choice, Worker& self) noexcept {
  const auto& [at, pool] = choice;
  std::uint16_t port = opening.original.source.port;
  if (opening.revived != nullptr) {
    // At another address it ends, whatever the port.
    port = opening.revived->leaves_as().source.port;
    const bool permits = wish_of(opening).network->filtering == network::Dependence::address;
    if (permits) permit_peer(opening, self);
  } else if (has_ports(opening)) {
    port = take_port(opening, *at, self);
    if (port == 0) {
      icmp::tell_prohibited(self, *opening.packet);
      return self.refuse(opening, why_there_is_no_port(opening, *at, self));
    }
  }
  opening.translated.source = {at->address, port};
  opening.source_translated = true;
  if (pool != nullptr) {
    opening.nat_drains = pool->on_remove == OnRemove::drain;
    if (!self.is_explaining()) ++self.hits[pool->rule];
  }
  opening.tell(Stage::name, "source becomes", pool == nullptr ? 0 : pool->rule,
               opening.translated.source);
}

// --- Inward

// The settings of the network that a guest is behind, or nullptr.
const network::Settings* network_of(const Opening& opening, const Address& guest) noexcept {
  const auto way = opening.router->compiled->routes.find(guest);
  return !way || way->interface->role != interface::Role::guest ? nullptr
                                                                : &way->interface->network;
}

void let_in(Opening& opening, const Endpoint& guest) noexcept {
  opening.translated.destination = guest;
  opening.destination_translated = true;
  opening.is_awaited = true;
  opening.tell(Inward::name, "a mapping lets in more than answers: destination becomes", 0, guest);
}

bool comes_from_guest(const Opening& opening) noexcept {
  return opening.in->config->role == interface::Role::guest && !opening.from_host;
}

// Whether the guest that has the mapping has spoken to the guest that sends this. If not, that one
// may answer for a while.
bool has_hole(const Opening& opening, const Mappings::Holder& holder,
              const network::Settings& network, Worker& self) noexcept {
  if (network.mapping != network::Dependence::endpoint_independent) return false;
  const Slot router = opening.router->slot();
  const Protocol protocol = opening.original.protocol;
  const Endpoint& caller = opening.original.source;
  Holes& holes = self.state<Table>().holes();
  if (holes.is_open({router, protocol, holder.guest, caller}, self.now())) return true;
  if (!self.is_explaining()) holes.punch({router, protocol, caller, holder.guest}, self.now());
  return false;
}

// Whether who sends this may come in by the mapping that has its destination (RFC 4787 5). Who came
// in goes on for as long as others than answers may.
bool may_enter(const Opening& opening, const Mappings::Holder& holder, Worker& self) noexcept {
  using network::Dependence;
  const network::Settings* network = network_of(opening, holder.guest.address);
  if (network == nullptr) return false;
  if (network->filtering == Dependence::endpoint_independent) return true;
  const bool came_in =
      opening.revived != nullptr && opening.revived->leaves_as().destination == holder.guest;
  if (network->filtering == Dependence::address) {
    return came_in ||
           self.state<Table>().is_permitted(holder.id, opening.original.source.address.as_v4());
  }
  return comes_from_guest(opening) && (came_in || has_hole(opening, holder, *network, self));
}

void enter(Opening& opening, Worker& self) noexcept {
  const Protocol protocol = opening.original.protocol;
  const auto& table = opening.router->of<Table>();
  const bool may_be_mapped = table.needs().holders && !opening.destination_translated &&
                             !opening.packet->for_all && !opening.from_host &&
                             (protocol == Protocol::tcp || protocol == Protocol::udp);
  if (!may_be_mapped) return;
  const Table::PublicAddress* at = table.find_address(opening.original.destination.address);
  if (at == nullptr) return;
  auto& mappings = self.state<Table>();
  const auto holder = mappings.acquire_holder(*at, protocol, opening.original.destination.port);
  if (holder.id == 0) return;
  const bool enters = may_enter(opening, holder, self);
  // A session that is judged again holds what it needs already.
  const bool takes_it = enters && opening.revived == nullptr && !self.is_explaining();
  if (!takes_it) mappings.release(holder.id);
  if (!enters) return;
  if (takes_it) opening.mapping = holder.id;
  let_in(opening, holder.guest);
}

}  // namespace

void Inward::run(Burst& burst, const Snapshot& /*now*/, Worker& self) noexcept {
  burst.each_opening([&](Opening& opening) { enter(opening, self); });
}

// First what all packets need of memory, then what they do with it.
void Stage::run(Burst& burst, const Snapshot& /*now*/, Worker& self) noexcept {
  struct Task {
    Opening* opening;
    Choice choice;
    Mappings::ChainId chain;
  };
  std::array<Task, Burst::capacity> tasks;
  std::size_t count = 0;
  auto& mappings = self.state<Table>();
  burst.each_opening([&](Opening& opening) {
    if (!comes_from_guest(opening) || opening.out == nullptr) return;
    const Choice choice = choose(opening, opening.router->of<Table>());
    if (choice.at == nullptr) return;
    tasks[count++] = {&opening, choice, mappings.prefetch_chain(*choice.at, wish_of(opening))};
  });
  for (std::size_t i = 0; i < count; ++i) mappings.prefetch_first(tasks[i].chain);
  for (std::size_t i = 0; i < count; ++i) translate(*tasks[i].opening, tasks[i].choice, self);
}

}  // namespace viaduct::source_nat
