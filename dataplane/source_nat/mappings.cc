#include "dataplane/source_nat/mappings.h"

#include "dataplane/source_nat/port_choice.h"

namespace viaduct::source_nat {
namespace {

constexpr std::size_t most_guests = 65'536;

// Enough of them that several workers seldom want the same one.
constexpr std::size_t parts_if_shared = 64;

// How many mappings each of so many parts needs to have room for its share: the parts are filled by
// a hash, so that the fullest holds some standard deviations more.
std::uint32_t size_of(std::size_t most, std::size_t parts) {
  const std::size_t share = most / parts + 1;
  if (parts == 1) return static_cast<std::uint32_t>(most);
  std::size_t deviation = 1;
  while (deviation * deviation < share) ++deviation;
  return static_cast<std::uint32_t>(share + 6 * deviation);
}

}  // namespace

Mappings::Mappings(std::size_t most, std::uint64_t seed, bool use_huge_pages, std::size_t workers)
    : seed_(seed),
      is_shared_(workers > 1),
      use_huge_pages_(use_huge_pages),
      parts_(is_shared_ ? parts_if_shared : 1),
      size_of_part_(size_of(most, parts_.size())),
      holes_(seed),
      guests_(most_guests, seed, use_huge_pages) {
  const std::uint32_t size = size_of_part_;
  mappings_ = HugeArray<Mapping>{parts_.size() * size + 1, use_huge_pages};
  MappingId begin = 1;
  for (Part& part : parts_) {
    part.begin = begin;
    part.size = size;
    part.random = mix(seed, begin) | 1;
    begin += size;
  }
}

bool Mappings::prepare(const Table& table) {
  const Table::Needs needs = table.needs();
  if (needs.peers && peers_now_ == nullptr) {
    peers_ = HugeArray<Be32>{mappings_.bytes() / sizeof(Mapping), use_huge_pages_};
    peers_now_.store(peers_.data(), std::memory_order_release);
  }
  if (needs.permits && !permits_) {
    // An eighth of the places is enough for a permit of each mapping.
    permits_ =
        std::make_unique<Tally>(mappings_.bytes() / sizeof(Mapping) * 4, seed_, use_huge_pages_);
    permits_now_.store(permits_.get(), std::memory_order_release);
  }
  bool fits = true;
  table.each_address([&](const Table::PublicAddress& at) {
    fits = fits && by_address_.grow(at.slot + 1);
    if (!fits) return;
    if (!by_address_[at.slot]) by_address_[at.slot] = std::make_unique<PublicPorts>();
    if (needs.holders && by_address_[at.slot]->keep_holders()) note_holders(at.slot);
    if (needs.blocks) by_address_[at.slot]->keep_blocks();
  });
  return fits;
}

// While workers go on: what is noted here may be over by now, which acquire_holder() finds out.
void Mappings::note_holders(Slot address) noexcept {
  const auto read = [](auto& field) {
    return std::atomic_ref{field}.load(std::memory_order_relaxed);
  };
  for (Part& part : parts_) {
    const auto lock = enter(part);
    for (MappingId id = part.begin; id < part.begin + read(part.used); ++id) {
      Mapping& m = mappings_[id];
      const std::uint32_t place = read(m.place);
      if (read(m.uses) == 0 || place >> 2 != address) continue;
      by_address_[address]->hold_late(place & 3, read(m.public_port), id);
    }
  }
}

std::uint32_t Mappings::index_of(Protocol protocol) noexcept {
  if (protocol == Protocol::tcp) return 0;
  if (protocol == Protocol::udp) return 1;
  return protocol == Protocol::gre ? 3 : 2;
}

Mappings::GuestKey Mappings::key_of(Slot at, const Wish& wish) noexcept {
  return {(at << 2) | index_of(wish.protocol), wish.guest.address.as_v4(), wish.guest.port};
}

Mappings::Place Mappings::place_of(const GuestKey& key) noexcept {
  const std::uint64_t bits =
      mix(mix(seed_, key.place), (std::uint64_t{key.address.bits()} << 16) | key.port);
  Part& part = parts_[(bits & 0xffff) % parts_.size()];
  return {part, part.begin + static_cast<ChainId>(((bits >> 32) * part.size) >> 32)};
}

Mappings::ChainId Mappings::prefetch_chain(const Table::PublicAddress& at,
                                           const Wish& wish) noexcept {
  const ChainId chain = place_of(key_of(at.slot, wish)).chain;
  __builtin_prefetch(&mappings_[chain]);
  return chain;
}

void Mappings::prefetch_first(ChainId chain) noexcept {
  __builtin_prefetch(&mappings_[mappings_[chain].head]);
}

MappingId Mappings::find(const GuestKey& key, const Wish& wish, ChainId chain) const noexcept {
  using network::Dependence;
  // A mapping for one peer's endpoint is its session's alone.
  if (wish.network->mapping == Dependence::address_and_port) return 0;
  const Be32* peers = wish.network->mapping == Dependence::address
                          ? peers_now_.load(std::memory_order_acquire)
                          : nullptr;
  for (MappingId id = mappings_[chain].head; id != 0; id = mappings_[id].next) {
    const Mapping& m = mappings_[id];
    const bool is_same = m.place == key.place && m.guest_port == key.port && m.guest == key.address;
    if (is_same && (peers == nullptr || peers[id] == wish.peer.address.as_v4())) return id;
  }
  return 0;
}

MappingId Mappings::make(Place at, const GuestKey& key, std::uint16_t port, Be32 peer) noexcept {
  Part& part = at.part;
  const MappingId id = part.free != 0 ? part.free : part.begin + part.used++;
  Mapping& made = mappings_[id];
  if (part.free != 0) part.free = made.next;
  made = {.guest = key.address,
          .guest_port = key.port,
          .public_port = port,
          .next = mappings_[at.chain].head,
          .place = key.place,
          .uses = 1,
          .head = made.head};
  mappings_[at.chain].head = id;
  if (Be32* peers = peers_now_.load(std::memory_order_acquire)) peers[id] = peer;
  by_address_[key.place >> 2]->hold(key.place & 3, port, id);
  return id;
}

MappingId Mappings::acquire(const Table& table, const Table::PublicAddress& at,
                            const Wish& wish) noexcept {
  const GuestKey key = key_of(at.slot, wish);
  const Place place = place_of(key);
  const auto lock = enter(place.part);
  if (const MappingId known = find(key, wish, place.chain); known != 0) {
    if (wish.port != 0 && wish.port != port_of(known)) return 0;
    ++mappings_[known].uses;
    return known;
  }
  const bool is_full = place.part.free == 0 && place.part.used == place.part.size;
  const std::uint64_t owner = owner_of(key.place, key.address);
  if (is_full || !guests_.add(owner, wish.network->ports_per_guest)) return 0;
  PublicPorts& ports = *by_address_[at.slot];
  const std::size_t index = index_of(wish.protocol);
  const PortChoice choice{{table, at, ports, wish.protocol, index, wish.guest, *wish.network},
                          place.part.random};
  const auto take = [&](std::uint16_t candidate) noexcept {
    return ports.take(key.address, index, candidate, wish.network->port_block);
  };
  const std::uint16_t port =
      wish.port == 0 ? choice.make(take) : choice.make_exactly(wish.port, take);
  if (port != 0) return make(place, key, port, wish.peer.address.as_v4());
  guests_.remove(owner);
  return 0;
}

Mappings::Holder Mappings::acquire_holder(const Table::PublicAddress& at, Protocol protocol,
                                          std::uint16_t port) noexcept {
  const std::size_t index = index_of(protocol);
  const MappingId id = by_address_[at.slot]->holder(index, port);
  if (id == 0) return {};
  const auto lock = enter(parts_[(id - 1) / size_of_part_]);
  Mapping& m = mappings_[id];
  const bool still_has_it =
      m.uses != 0 && m.public_port == port && m.place == ((at.slot << 2) | index);
  if (!still_has_it) return {};
  ++m.uses;
  return {id, {Address::v4(m.guest), m.guest_port}};
}

std::optional<flow::GivenEndpoint> Mappings::take_endpoint(
    const Table& table, const flow::EndpointWish& wish) noexcept {
  const Table::PublicAddress* at = table.find_address(wish.at);
  if (at == nullptr) return std::nullopt;
  const MappingId id =
      acquire(table, *at, {wish.protocol, wish.guest, wish.peer, wish.network, wish.port});
  return flow::GivenEndpoint{id, id == 0 ? std::uint16_t{0} : port_of(id)};
}

void Mappings::share(MappingId id) noexcept {
  Mapping& m = mappings_[id];
  const auto lock = enter(parts_[(id - 1) / size_of_part_]);
  ++m.uses;
}

void Mappings::release(MappingId id) noexcept {
  Mapping& m = mappings_[id];  // ours, so that none of its key changes
  const Place place = place_of({m.place, m.guest, m.guest_port});
  const auto lock = enter(place.part);
  if (--m.uses != 0) return;
  guests_.remove(owner_of(m.place, m.guest));
  PublicPorts& ports = *by_address_[m.place >> 2];
  ports.hold(m.place & 3, m.public_port, 0);
  ports.give_back(m.place & 3, m.public_port);
  std::uint32_t* link = &mappings_[place.chain].head;
  while (*link != id) link = &mappings_[*link].next;
  *link = m.next;
  m.next = place.part.free;
  place.part.free = id;
}

std::uint16_t Mappings::preview(const Table& table, const Table::PublicAddress& at,
                                const Wish& wish) noexcept {
  const GuestKey key = key_of(at.slot, wish);
  const Place place = place_of(key);
  const auto lock = enter(place.part);
  if (const MappingId known = find(key, wish, place.chain); known != 0) return port_of(known);
  if (has_too_many(at, wish)) return 0;
  std::uint64_t random = place.part.random;  // the packet itself, if it comes next, draws the same
  const PublicPorts& ports = *by_address_[at.slot];
  const std::size_t index = index_of(wish.protocol);
  const PortChoice choice{{table, at, ports, wish.protocol, index, wish.guest, *wish.network},
                          random};
  return choice.make([&](std::uint16_t candidate) noexcept {
    return ports.may_take(key.address, index, candidate, wish.network->port_block);
  });
}

bool Mappings::has_too_many(const Table::PublicAddress& at, const Wish& wish) noexcept {
  const GuestKey key = key_of(at.slot, wish);
  return guests_.count(owner_of(key.place, key.address)) >= wish.network->ports_per_guest;
}

void Mappings::take_stock(const Table& table, std::vector<Stock>& stocks) const {
  constexpr std::array protocols{Protocol::tcp, Protocol::udp, Protocol::icmp, Protocol::gre};
  table.each_address([&](const Table::PublicAddress& at) {
    if (at.slot >= by_address_.size() || !by_address_[at.slot]) return;
    for (const Protocol protocol : protocols) {
      stocks.push_back({to_string(at.address), to_string(protocol),
                        by_address_[at.slot]->taken(index_of(protocol)),
                        table.unreserved_ports(protocol, at.address, lowest_port(protocol))});
    }
  });
}

}  // namespace viaduct::source_nat
