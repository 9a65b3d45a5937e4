#include "dataplane/source_nat/mappings.h"

#include <bit>

namespace viaduct::source_nat {
namespace {

// RFC 4787 REQ-3: well-known ports are not given away. Port 0 is none; identifiers may be anything
// else.
constexpr std::uint16_t lowest_port(Protocol protocol) {
  return protocol == Protocol::icmp ? 1 : 1024;
}

}  // namespace

Mappings::Mappings(std::size_t most, std::uint64_t seed, bool use_huge_pages)
    : seed_(seed), random_(seed | 1), mappings_(most + 1, use_huge_pages), most_(most) {}

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

void Mappings::take(std::uint32_t place, std::uint16_t port, bool is_taken) noexcept {
  by_address_[place >> 2]->set(place & 3, port, is_taken);
}

std::uint32_t& Mappings::chain(const GuestKey& key) noexcept {
  const std::uint64_t bits =
      mix(mix(seed_, key.place), (std::uint64_t{key.address.bits()} << 16) | key.port);
  return mappings_[((bits >> 32) * most_) >> 32].head;
}

MappingId Mappings::find(const GuestKey& key) noexcept {
  for (MappingId id = chain(key); id != 0; id = mappings_[id].next) {
    const Mapping& m = mappings_[id];
    if (m.place == key.place && m.guest_port == key.port && m.guest == key.address) return id;
  }
  return 0;
}

std::uint32_t Mappings::TakenPorts::next_free(std::size_t protocol,
                                              std::uint32_t from) const noexcept {
  for (std::uint32_t word = from / 64; word < ports / 64; ++word) {
    std::uint64_t free = ~words_[protocol][word];
    if (word == from / 64) free &= ~std::uint64_t{0} << (from % 64);
    if (free != 0) return word * 64 + static_cast<std::uint32_t>(std::countr_zero(free));
  }
  return ports;
}

std::uint16_t Mappings::free_port(const Table& table, const Table::PublicAddress& at,
                                  const Guest& guest) noexcept {
  const TakenPorts& here = *by_address_[at.slot];
  const std::size_t protocol = index_of(guest.protocol);
  const std::uint16_t lowest = lowest_port(guest.protocol);
  const auto reserved = [&](std::uint32_t port) {
    return table.reserved_range(guest.protocol, {at.address, static_cast<std::uint16_t>(port)});
  };
  const std::uint16_t own = guest.endpoint.port;
  if (own >= lowest && !here.is_taken(protocol, own) && !reserved(own)) return own;
  // The first port in [from, to) that is neither taken nor reserved, or 0.
  const auto search = [&](std::uint32_t from, std::uint32_t to) -> std::uint16_t {
    for (std::uint32_t port = here.next_free(protocol, from); port < to;) {
      const auto range = reserved(port);
      if (!range) return static_cast<std::uint16_t>(port);
      port = here.next_free(protocol, range->last + 1U);
    }
    return 0;
  };
  random_ ^= random_ << 13;  // xorshift64: unpredictable enough together with the secret seed
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  const auto start = static_cast<std::uint32_t>(lowest + (random_ >> 32) % (ports - lowest));
  const std::uint16_t above = search(start, ports);
  return above != 0 ? above : search(lowest, start);
}

MappingId Mappings::acquire(const Table& table, const Table::PublicAddress& at,
                            const Guest& guest) noexcept {
  const GuestKey key = key_of(at.slot, guest);
  if (const MappingId known = find(key); known != 0) {
    ++mappings_[known].uses;
    return known;
  }
  const MappingId id = free_ != 0 ? free_ : high_water_;
  if (id > most_) return 0;
  const std::uint16_t port = free_port(table, at, guest);
  if (port == 0) return 0;
  if (free_ != 0) {
    free_ = mappings_[id].next;
  } else {
    ++high_water_;
  }
  std::uint32_t& head = chain(key);
  Mapping& made = mappings_[id];
  made = {.guest = key.address,
          .guest_port = key.port,
          .public_port = port,
          .next = head,
          .place = key.place,
          .uses = 1,
          .head = made.head};
  head = id;
  take(key.place, port, true);
  return id;
}

void Mappings::release(MappingId id) noexcept {
  Mapping& m = mappings_[id];
  if (m.uses > 1) {
    --m.uses;
    return;
  }
  take(m.place, m.public_port, false);
  std::uint32_t* link = &chain({m.place, m.guest, m.guest_port});
  while (*link != id) link = &mappings_[*link].next;
  *link = m.next;
  m.next = free_;
  free_ = id;
}

std::uint16_t Mappings::preview(const Table& table, const Table::PublicAddress& at,
                                const Guest& guest) noexcept {
  const MappingId known = find(key_of(at.slot, guest));
  if (known != 0) return port_of(known);
  const std::uint64_t kept = random_;
  const std::uint16_t port = free_port(table, at, guest);
  random_ = kept;  // so that the packet itself, if it comes next, gets what was foretold
  return port;
}

}  // namespace viaduct::source_nat
