#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "base/chunked_array.h"
#include "base/hash.h"
#include "base/huge_array.h"
#include "base/net.h"
#include "base/spin_lock.h"
#include "base/tally.h"
#include "dataplane/flow/session.h"
#include "dataplane/model/stock.h"
#include "dataplane/source_nat/holes.h"
#include "dataplane/source_nat/public_ports.h"
#include "dataplane/source_nat/source_nat.h"

namespace viaduct::source_nat {

// Who has which port of which public address. A mapping lives as long as sessions use it. A guest
// endpoint's conversations may belong to different workers, so that these share the mappings; what
// they would dispute is parted by guest endpoint, and each part has a lock. Never allocates after
// construction but in prepare().
class Mappings {
 public:
  // There is room for `most`; with several workers for a little more, since parts fill unevenly.
  Mappings(std::size_t most, std::uint64_t seed, bool use_huge_pages, std::size_t workers = 1);

  // Makes room for the ports of a table's public addresses. On the control thread, before the
  // table is published; false when there are too many addresses.
  [[nodiscard]] bool prepare(const Table& table);

  // Who wants to speak to whom, and what is settled for that.
  struct Wish {
    Protocol protocol{};  // tcp, udp, icmp or gre: what has ports or identifiers
    Endpoint guest;
    Endpoint peer;
    const network::Settings* network = &network::defaults;  // of the guest; not owned
    std::uint16_t port = 0;  // that the public one has to be; 0 for any
  };
  // The mapping of a guest endpoint at a public address, taken once more: the one that lives, or a
  // new one, as the network's settings say. 0 when no port is left, or the guest has as many as it
  // may have.
  [[nodiscard]] MappingId acquire(const Table& table, const Table::PublicAddress& at,
                                  const Wish& wish) noexcept;
  // A lookup in steps, for bursts: acquire() finds in the cache what these ask memory for.
  using ChainId = std::uint32_t;
  [[nodiscard]] ChainId prefetch_chain(const Table::PublicAddress& at, const Wish& wish) noexcept;
  void prefetch_first(ChainId chain) noexcept;
  void release(MappingId id) noexcept;
  // Takes one that is held already once more.
  void share(MappingId id) noexcept;
  // The endpoint of a public address that a guest's is known by, taken once more; nothing if the
  // address is not in this table.
  [[nodiscard]] std::optional<flow::GivenEndpoint> take_endpoint(
      const Table& table, const flow::EndpointWish& wish) noexcept;
  // The mapping that has a public endpoint, taken once more for a session from outside, and whose
  // it is. 0 if there is none, or not by a table that lets in more than answers.
  struct Holder {
    MappingId id = 0;
    Endpoint guest;
  };
  [[nodiscard]] Holder acquire_holder(const Table::PublicAddress& at, Protocol protocol,
                                      std::uint16_t port) noexcept;
  // Whether the guest of a mapping has a session with this address, of those that permitted it.
  [[nodiscard]] bool is_permitted(MappingId id, Be32 peer) noexcept {
    Tally* permits = permits_now_.load(std::memory_order_acquire);
    return permits != nullptr && permits->count(permit(id, peer)) != 0;
  }
  void add_permit(MappingId id, Be32 peer) noexcept {
    Tally* permits = permits_now_.load(std::memory_order_acquire);
    if (permits != nullptr) (void)permits->add(permit(id, peer), ~std::uint32_t{0});
  }
  // What guests may come in by though nobody else may.
  [[nodiscard]] Holes& holes() noexcept { return holes_; }
  [[nodiscard]] std::uint16_t port_of(MappingId id) const noexcept {
    return mappings_[id].public_port;
  }
  // The port that acquire() would find, without taking it; 0 when none is left.
  [[nodiscard]] std::uint16_t preview(const Table& table, const Table::PublicAddress& at,
                                      const Wish& wish) noexcept;
  // Whether the guest has as many ports of this address as it may have.
  [[nodiscard]] bool has_too_many(const Table::PublicAddress& at, const Wish& wish) noexcept;
  // How many ports of the table's public addresses are taken.
  void take_stock(const Table& table, std::vector<Stock>& stocks) const;

  // Of memory, but for the ports of public addresses: 32 KiB each, and 1 MiB more if somebody
  // else than answers may come in by them.
  [[nodiscard]] std::size_t bytes() const noexcept { return mappings_.bytes() + guests_.bytes(); }
  void session_closed(const flow::Holdings& held) noexcept {
    if (held.mapping == 0) return;
    if (held.permits_peer) remove_permit(held.mapping, held.peer);
    release(held.mapping);
  }

 private:
  // There is one for nearly every session, so it is small. Only IPv4 is translated (RFC 3022).
  struct Mapping {
    Be32 guest;
    std::uint16_t guest_port = 0;
    std::uint16_t public_port = 0;
    std::uint32_t next = 0;  // in its hash chain, or of the free list
    std::uint32_t place = 0;
    std::uint32_t uses = 0;  // 0: free
    std::uint32_t head = 0;  // not of this mapping: of the hash chain with this number
  };
  static_assert(sizeof(Mapping) == 24);

  static std::uint32_t index_of(Protocol protocol) noexcept;
  // A place is one protocol of one public address: its slot and the protocol's index.
  struct GuestKey {
    std::uint32_t place;
    Be32 address;
    std::uint16_t port;
  };
  static GuestKey key_of(Slot at, const Wish& wish) noexcept;
  // Who is counted for the ports it has.
  static std::uint64_t owner_of(std::uint32_t place, Be32 guest) noexcept {
    return (std::uint64_t{place} << 32) | guest.bits();
  }
  static std::uint64_t permit(MappingId id, Be32 peer) noexcept {
    return (std::uint64_t{id} << 32) | peer.bits();
  }
  void remove_permit(MappingId id, Be32 peer) noexcept {
    Tally* permits = permits_now_.load(std::memory_order_acquire);
    if (permits != nullptr) permits->remove(permit(id, peer));
  }

  // Some of the guest endpoints, with the mappings [begin, begin + size) and as many hash chains.
  struct alignas(64) Part {
    SpinLock lock;
    std::uint64_t random = 0;
    MappingId begin = 0;
    std::uint32_t size = 0;
    std::uint32_t used = 0;  // mappings that were ever made are below begin + used
    MappingId free = 0;
  };
  // Where a guest endpoint's mapping is, if there is one.
  struct Place {
    Part& part;
    ChainId chain;
  };
  // Keeps the other workers out of a part, if there are any, for as long as it lives.
  [[nodiscard]] std::unique_lock<SpinLock> enter(Part& part) const noexcept {
    return is_shared_ ? std::unique_lock{part.lock} : std::unique_lock{part.lock, std::defer_lock};
  }
  void note_holders(Slot address) noexcept;
  [[nodiscard]] Place place_of(const GuestKey& key) noexcept;
  [[nodiscard]] MappingId find(const GuestKey& key, const Wish& wish, ChainId chain) const noexcept;
  [[nodiscard]] MappingId make(Place at, const GuestKey& key, std::uint16_t port,
                               Be32 peer) noexcept;

  std::uint64_t seed_;
  bool is_shared_;
  bool use_huge_pages_;
  HugeArray<Mapping> mappings_;
  std::vector<Part> parts_;
  std::uint32_t size_of_part_ = 0;
  Holes holes_;
  ChunkedArray<std::unique_ptr<PublicPorts>> by_address_;
  Tally guests_;  // how many ports each has, of each place
  // By mapping, the address that an address-dependent one is for; once there are such.
  HugeArray<Be32> peers_;
  std::atomic<Be32*> peers_now_ = nullptr;
  // Once filtering by address is wanted: how many sessions permit a peer to come in by a mapping.
  std::unique_ptr<Tally> permits_;
  std::atomic<Tally*> permits_now_ = nullptr;
};

}  // namespace viaduct::source_nat
