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
#include "dataplane/flow/session.h"
#include "dataplane/source_nat/source_nat.h"

namespace viaduct::source_nat {

using MappingId = std::uint32_t;  // 0 is none

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

  struct Guest {
    Protocol protocol{};  // tcp, udp or icmp: what has ports or identifiers
    Endpoint endpoint;
  };
  // The mapping of a guest endpoint at a public address, taken once more: the one that lives, or a
  // new one with the guest's own port number if that is free, else any free one. 0 when no port is
  // left.
  [[nodiscard]] MappingId acquire(const Table& table, const Table::PublicAddress& at,
                                  const Guest& guest) noexcept;
  // A lookup in steps, for bursts: acquire() finds in the cache what these ask memory for.
  using ChainId = std::uint32_t;
  [[nodiscard]] ChainId prefetch_chain(const Table::PublicAddress& at, const Guest& guest) noexcept;
  void prefetch_first(ChainId chain) noexcept;
  void release(MappingId id) noexcept;
  [[nodiscard]] std::uint16_t port_of(MappingId id) const noexcept {
    return mappings_[id].public_port;
  }
  // The port that acquire() would find, without taking it; 0 when none is left.
  [[nodiscard]] std::uint16_t preview(const Table& table, const Table::PublicAddress& at,
                                      const Guest& guest) noexcept;

  // Of memory, but for the ports of public addresses: 24 KiB each.
  [[nodiscard]] std::size_t bytes() const noexcept { return mappings_.bytes(); }
  void session_closed(const flow::SessionInfo& session) noexcept {
    if (session.mapping != 0) release(session.mapping);
  }

 private:
  static constexpr std::size_t ports = 65536;
  static constexpr std::size_t protocols = 3;

  // There is one for nearly every session, so it is small. Only IPv4 is translated (RFC 3022).
  struct Mapping {
    Be32 guest;
    std::uint16_t guest_port = 0;
    std::uint16_t public_port = 0;
    std::uint32_t next = 0;  // in its hash chain, or of the free list
    std::uint32_t place = 0;
    std::uint32_t uses = 0;
    std::uint32_t head = 0;  // not of this mapping: of the hash chain with this number
  };
  static_assert(sizeof(Mapping) == 24);
  // Which ports of one public address are taken, a bit each, by protocol index.
  class TakenPorts {
   public:
    [[nodiscard]] bool is_taken(std::size_t protocol, std::uint16_t port) const noexcept {
      return (word(protocol, port) & bit(port)) != 0;
    }
    // False if somebody was faster.
    [[nodiscard]] bool take(std::size_t protocol, std::uint16_t port) noexcept {
      std::atomic<std::uint64_t>& word = words_[protocol][port / 64];
      return (word.fetch_or(bit(port), std::memory_order_relaxed) & bit(port)) == 0;
    }
    void give_back(std::size_t protocol, std::uint16_t port) noexcept {
      words_[protocol][port / 64].fetch_and(~bit(port), std::memory_order_relaxed);
    }
    // The first free port from `from` on, or 65536.
    [[nodiscard]] std::uint32_t next_free(std::size_t protocol, std::uint32_t from) const noexcept;

   private:
    static std::uint64_t bit(std::uint16_t port) noexcept {
      return std::uint64_t{1} << (port % 64);
    }
    [[nodiscard]] std::uint64_t word(std::size_t protocol, std::uint32_t port) const noexcept {
      return words_[protocol][port / 64].load(std::memory_order_relaxed);
    }
    std::array<std::array<std::atomic<std::uint64_t>, ports / 64>, protocols> words_{};
  };

  static std::uint32_t index_of(Protocol protocol) noexcept;
  // A place is one protocol of one public address: its slot and the protocol's index.
  struct GuestKey {
    std::uint32_t place;
    Be32 address;
    std::uint16_t port;
  };
  static GuestKey key_of(Slot at, const Guest& guest) noexcept;

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
  [[nodiscard]] Place place_of(const GuestKey& key) noexcept;
  [[nodiscard]] MappingId find(const GuestKey& key, ChainId chain) const noexcept;
  [[nodiscard]] MappingId make(Place at, const GuestKey& key, std::uint16_t port) noexcept;
  // Chooses a port and calls take(port), until that is true; 0 when none is left.
  template <class Take>
  [[nodiscard]] std::uint16_t choose_port(const Table& table, const Table::PublicAddress& at,
                                          const Guest& guest, Part& part, Take take) noexcept;

  std::uint64_t seed_;
  bool is_shared_;
  HugeArray<Mapping> mappings_;
  std::vector<Part> parts_;
  ChunkedArray<std::unique_ptr<TakenPorts>> by_address_;
};

}  // namespace viaduct::source_nat
