#include "dataplane/source_nat/mappings.h"

#include <bit>

namespace viaduct::source_nat {
namespace {

// RFC 4787 REQ-3: well-known ports are not given away. Port 0 is none; identifiers may be anything
// else.
constexpr std::uint16_t lowest_port(Protocol protocol) {
  return protocol == Protocol::icmp ? 1 : 1024;
}

// Enough of them that several workers seldom want the same one.
constexpr std::size_t parts_if_shared = 64;

// How many mappings each of so many parts needs to have room for its share: the parts are filled by
// a hash, so that the fullest holds some standard deviations more.
std::uint32_t size_of_part(std::size_t most, std::size_t parts) {
  const std::size_t share = most / parts + 1;
  if (parts == 1) return static_cast<std::uint32_t>(most);
  std::size_t deviation = 1;
  while (deviation * deviation < share) ++deviation;
  return static_cast<std::uint32_t>(share + 6 * deviation);
}

}  // namespace

Mappings::Mappings(std::size_t most, std::uint64_t seed, bool use_huge_pages, std::size_t workers)
    : seed_(seed), is_shared_(workers > 1), parts_(is_shared_ ? parts_if_shared : 1) {
  const std::uint32_t size = size_of_part(most, parts_.size());
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
  bool fits = true;
  table.each_address([&](const Table::PublicAddress& at) {
    fits = fits && by_address_.grow(at.slot + 1);
    if (fits && !by_address_[at.slot]) by_address_[at.slot] = std::make_unique<TakenPorts>();
  });
  return fits;
}

std::uint32_t Mappings::index_of(Protocol protocol) noexcept {
  if (protocol == Protocol::tcp) return 0;
  return protocol == Protocol::udp ? 1 : 2;
}

Mappings::GuestKey Mappings::key_of(Slot at, const Guest& guest) noexcept {
  return {(at << 2) | index_of(guest.protocol), guest.endpoint.address.as_v4(),
          guest.endpoint.port};
}

Mappings::Place Mappings::place_of(const GuestKey& key) noexcept {
  const std::uint64_t bits =
      mix(mix(seed_, key.place), (std::uint64_t{key.address.bits()} << 16) | key.port);
  Part& part = parts_[(bits & 0xffff) % parts_.size()];
  return {part, part.begin + static_cast<ChainId>(((bits >> 32) * part.size) >> 32)};
}

Mappings::ChainId Mappings::prefetch_chain(const Table::PublicAddress& at,
                                           const Guest& guest) noexcept {
  const ChainId chain = place_of(key_of(at.slot, guest)).chain;
  __builtin_prefetch(&mappings_[chain]);
  return chain;
}

void Mappings::prefetch_first(ChainId chain) noexcept {
  __builtin_prefetch(&mappings_[mappings_[chain].head]);
}

MappingId Mappings::find(const GuestKey& key, ChainId chain) const noexcept {
  for (MappingId id = mappings_[chain].head; id != 0; id = mappings_[id].next) {
    const Mapping& m = mappings_[id];
    if (m.place == key.place && m.guest_port == key.port && m.guest == key.address) return id;
  }
  return 0;
}

std::uint32_t Mappings::TakenPorts::next_free(std::size_t protocol,
                                              std::uint32_t from) const noexcept {
  for (std::uint32_t first = from / 64 * 64; first < ports; first += 64) {
    std::uint64_t free = ~word(protocol, first);
    if (first < from) free &= ~std::uint64_t{0} << (from % 64);
    if (free != 0) return first + static_cast<std::uint32_t>(std::countr_zero(free));
  }
  return ports;
}

template <class Take>
std::uint16_t Mappings::choose_port(const Table& table, const Table::PublicAddress& at,
                                    const Guest& guest, Part& part, Take take) noexcept {
  const TakenPorts& here = *by_address_[at.slot];
  const std::size_t protocol = index_of(guest.protocol);
  const std::uint16_t lowest = lowest_port(guest.protocol);
  const auto reserved = [&](std::uint32_t port) {
    return table.reserved_range(guest.protocol, {at.address, static_cast<std::uint16_t>(port)});
  };
  const std::uint16_t own = guest.endpoint.port;
  if (own >= lowest && !here.is_taken(protocol, own) && !reserved(own) && take(own)) return own;
  // The first port in [from, to) that is not reserved and could be taken, or 0.
  const auto search = [&](std::uint32_t from, std::uint32_t to) -> std::uint16_t {
    for (std::uint32_t port = here.next_free(protocol, from); port < to;) {
      const auto range = reserved(port);
      if (!range && take(static_cast<std::uint16_t>(port))) return static_cast<std::uint16_t>(port);
      port = here.next_free(protocol, (range ? range->last : port) + 1U);
    }
    return 0;
  };
  std::uint64_t& random = part.random;
  random ^= random << 13;  // xorshift64: unpredictable enough together with the secret seed
  random ^= random >> 7;
  random ^= random << 17;
  const auto start = static_cast<std::uint32_t>(lowest + (random >> 32) % (ports - lowest));
  const std::uint16_t above = search(start, ports);
  return above != 0 ? above : search(lowest, start);
}

MappingId Mappings::make(Place at, const GuestKey& key, std::uint16_t port) noexcept {
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
  return id;
}

MappingId Mappings::acquire(const Table& table, const Table::PublicAddress& at,
                            const Guest& guest) noexcept {
  const GuestKey key = key_of(at.slot, guest);
  const Place place = place_of(key);
  const auto lock = enter(place.part);
  if (const MappingId known = find(key, place.chain); known != 0) {
    ++mappings_[known].uses;
    return known;
  }
  const bool is_full = place.part.free == 0 && place.part.used == place.part.size;
  if (is_full) return 0;
  TakenPorts& here = *by_address_[at.slot];
  const std::uint16_t port =
      choose_port(table, at, guest, place.part, [&](std::uint16_t candidate) noexcept {
        return here.take(index_of(guest.protocol), candidate);
      });
  return port == 0 ? 0 : make(place, key, port);
}

void Mappings::release(MappingId id) noexcept {
  Mapping& m = mappings_[id];  // ours, so that none of its key changes
  const Place place = place_of({m.place, m.guest, m.guest_port});
  const auto lock = enter(place.part);
  if (m.uses > 1) {
    --m.uses;
    return;
  }
  by_address_[m.place >> 2]->give_back(m.place & 3, m.public_port);
  std::uint32_t* link = &mappings_[place.chain].head;
  while (*link != id) link = &mappings_[*link].next;
  *link = m.next;
  m.next = place.part.free;
  place.part.free = id;
}

std::uint16_t Mappings::preview(const Table& table, const Table::PublicAddress& at,
                                const Guest& guest) noexcept {
  const GuestKey key = key_of(at.slot, guest);
  const Place place = place_of(key);
  const auto lock = enter(place.part);
  if (const MappingId known = find(key, place.chain); known != 0) return port_of(known);
  const std::uint64_t kept = place.part.random;
  const std::uint16_t port =
      choose_port(table, at, guest, place.part, [](std::uint16_t) noexcept { return true; });
  place.part.random = kept;  // so that the packet itself, if it comes next, gets what was foretold
  return port;
}

}  // namespace viaduct::source_nat
