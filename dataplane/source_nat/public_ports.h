#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include "base/net.h"
#include "base/spin_lock.h"

namespace viaduct::source_nat {

using MappingId = std::uint32_t;  // 0 is none

// Which port numbers a search may find.
enum class Parity : std::uint8_t { any, even, odd };

// The ports of one public address, of each protocol that has some: which are taken, and, once asked
// for, whose blocks they lie in and which mapping has them. Several workers take and give back at
// once.
class PublicPorts {
 public:
  static constexpr std::uint32_t count = 65'536;
  static constexpr std::size_t protocols = 4;
  static constexpr std::uint16_t smallest_block = 64;

  [[nodiscard]] bool is_taken(std::size_t protocol, std::uint16_t port) const noexcept {
    return (word(protocol, port) & bit(port)) != 0;
  }
  // Takes a port for a guest; with it the block of so many ports around it, if that is not 0. False
  // if somebody was faster, or the port lies in another guest's block.
  [[nodiscard]] bool take(Be32 guest, std::size_t protocol, std::uint16_t port,
                          std::uint16_t block) noexcept;
  // Whether that would be true.
  [[nodiscard]] bool may_take(Be32 guest, std::size_t protocol, std::uint16_t port,
                              std::uint16_t block) const noexcept;
  // Blocks without a port that is taken are nobody's again.
  void give_back(std::size_t protocol, std::uint16_t port) noexcept;
  // The first free port from `from` on that is of this parity, or `count`.
  [[nodiscard]] std::uint32_t next_free(std::size_t protocol, std::uint32_t from,
                                        Parity parity) const noexcept;
  // How many are taken now.
  [[nodiscard]] std::uint32_t taken(std::size_t protocol) const noexcept;

  // Which mapping has a port. Kept from keep_holders() on, which tells whether it was the first.
  bool keep_holders();
  void hold(std::size_t protocol, std::uint16_t port, MappingId by) noexcept {
    Holders* holders = holders_now_.load(std::memory_order_acquire);
    if (holders != nullptr) (*holders)[protocol][port].store(by, std::memory_order_release);
  }
  // The same, of one that had the port before; unless somebody is noted already.
  void hold_late(std::size_t protocol, std::uint16_t port, MappingId by) noexcept {
    MappingId nobody = 0;
    (void)(*holders_)[protocol][port].compare_exchange_strong(nobody, by);
  }
  [[nodiscard]] MappingId holder(std::size_t protocol, std::uint16_t port) const noexcept {
    const Holders* holders = holders_now_.load(std::memory_order_acquire);
    return holders == nullptr ? 0 : (*holders)[protocol][port].load(std::memory_order_acquire);
  }

  // Whose block a port lies in; 0 is nobody's. Kept from keep_blocks() on.
  void keep_blocks();
  [[nodiscard]] Be32 owner(std::size_t protocol, std::uint32_t port) const noexcept {
    const Blocks* blocks = blocks_now_.load(std::memory_order_acquire);
    return blocks == nullptr ? Be32{} : blocks->units[protocol][port / smallest_block].owner.load();
  }

 private:
  using Holders = std::array<std::array<std::atomic<MappingId>, count>, protocols>;
  struct Unit {
    std::atomic<Be32> owner;
    std::atomic<std::uint16_t> block = 0;  // how many ports the block has that it is of
  };
  struct Blocks {
    SpinLock lock;
    std::array<std::array<Unit, count / smallest_block>, protocols> units{};
  };

  struct Units {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
  };
  // What becomes the guest's with a port; nullopt if it may not have the port.
  [[nodiscard]] std::optional<Units> claimed_with(const Blocks& blocks, Be32 guest,
                                                  std::size_t protocol, std::uint16_t port,
                                                  std::uint16_t block) const noexcept;

  static std::uint64_t bit(std::uint16_t port) noexcept { return std::uint64_t{1} << (port % 64); }
  [[nodiscard]] std::uint64_t word(std::size_t protocol, std::uint32_t port) const noexcept {
    return taken_[protocol][port / 64].load(std::memory_order_relaxed);
  }

  [[nodiscard]] bool take_bit(std::size_t protocol, std::uint16_t port) noexcept;
  void clear_bit(std::size_t protocol, std::uint16_t port) noexcept;

  static constexpr std::uint32_t words = count / 64;
  std::array<std::array<std::atomic<std::uint64_t>, words>, protocols> taken_{};
  // Words without a free port, so that a search of an exhausted address is short.
  std::array<std::array<std::atomic<std::uint64_t>, words / 64>, protocols> full_{};
  std::unique_ptr<Holders> holders_;
  std::atomic<Holders*> holders_now_ = nullptr;
  std::unique_ptr<Blocks> blocks_;
  std::atomic<Blocks*> blocks_now_ = nullptr;
};

}  // namespace viaduct::source_nat
