#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/chunked_array.h"
#include "base/hash.h"
#include "base/huge_array.h"
#include "base/net.h"
#include "dataplane/flow/session.h"
#include "dataplane/source_nat/source_nat.h"

namespace viaduct::source_nat {

using MappingId = std::uint32_t;  // 0 is none

// Who has which port of which public address: the live mappings of one worker. A mapping lives as
// long as sessions use it. Never allocates after construction but in prepare().
class Mappings {
 public:
  Mappings(std::size_t most, std::uint64_t seed, bool use_huge_pages);

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
      return (words_[protocol][port / 64] >> (port % 64) & 1) != 0;
    }
    void set(std::size_t protocol, std::uint16_t port, bool is_taken) noexcept {
      const std::uint64_t bit = std::uint64_t{1} << (port % 64);
      std::uint64_t& word = words_[protocol][port / 64];
      word = is_taken ? word | bit : word & ~bit;
    }
    // The first free port from `from` on, or 65536.
    [[nodiscard]] std::uint32_t next_free(std::size_t protocol, std::uint32_t from) const noexcept;

   private:
    std::array<std::array<std::uint64_t, ports / 64>, protocols> words_{};
  };

  static std::uint32_t index_of(Protocol protocol) noexcept;
  // A place is one protocol of one public address: its slot and the protocol's index.
  struct GuestKey {
    std::uint32_t place;
    Be32 address;
    std::uint16_t port;
  };
  static GuestKey key_of(Slot at, const Guest& guest) noexcept;
  void take(std::uint32_t place, std::uint16_t port, bool is_taken) noexcept;
  [[nodiscard]] std::uint32_t& chain(const GuestKey& key) noexcept;
  [[nodiscard]] MappingId find(const GuestKey& key) noexcept;
  [[nodiscard]] std::uint16_t free_port(const Table& table, const Table::PublicAddress& at,
                                        const Guest& guest) noexcept;

  std::uint64_t seed_;
  std::uint64_t random_;
  HugeArray<Mapping> mappings_;
  ChunkedArray<std::unique_ptr<TakenPorts>> by_address_;
  MappingId free_ = 0;
  MappingId high_water_ = 1;
  std::size_t most_;
};

}  // namespace viaduct::source_nat
