#include "dataplane/source_nat/public_ports.h"

namespace viaduct::source_nat {
namespace {

constexpr std::uint64_t all = ~std::uint64_t{0};

constexpr std::uint64_t bits_of(Parity parity) {
  switch (parity) {
    case Parity::even:
      return 0x5555'5555'5555'5555;
    case Parity::odd:
      return 0xaaaa'aaaa'aaaa'aaaa;
    default:
      return ~std::uint64_t{0};
  }
}

}  // namespace

std::uint32_t PublicPorts::next_free(std::size_t protocol, std::uint32_t from,
                                     Parity parity) const noexcept {
  const std::uint64_t wanted = bits_of(parity);
  const std::uint64_t first_word = all << (from % 64);
  std::uint64_t open = all << (from / 64 % 64);
  for (std::uint32_t group = from / 64 / 64; group < words / 64; ++group, open = all) {
    open &= ~full_[protocol][group].load(std::memory_order_relaxed);
    for (; open != 0; open &= open - 1) {
      const std::uint32_t first =
          64 * (64 * group + static_cast<std::uint32_t>(std::countr_zero(open)));
      std::uint64_t free = ~word(protocol, first) & wanted;
      if (first < from) free &= first_word;
      if (free != 0) return first + static_cast<std::uint32_t>(std::countr_zero(free));
    }
  }
  return count;
}

bool PublicPorts::take_bit(std::size_t protocol, std::uint16_t port) noexcept {
  std::atomic<std::uint64_t>& word = taken_[protocol][port / 64];
  const std::uint64_t before = word.fetch_or(bit(port));
  if ((before & bit(port)) != 0) return false;
  if ((before | bit(port)) != all) return true;
  std::atomic<std::uint64_t>& full = full_[protocol][port / 64 / 64];
  full.fetch_or(bit(port / 64));
  // Somebody may have given one back before that was noted.
  if (word.load() != all) full.fetch_and(~bit(port / 64));
  return true;
}

void PublicPorts::clear_bit(std::size_t protocol, std::uint16_t port) noexcept {
  const std::uint64_t before = taken_[protocol][port / 64].fetch_and(~bit(port));
  if (before == all) full_[protocol][port / 64 / 64].fetch_and(~bit(port / 64));
}

std::uint32_t PublicPorts::taken(std::size_t protocol) const noexcept {
  std::uint32_t sum = 0;
  for (const auto& word : taken_[protocol]) {
    sum += static_cast<std::uint32_t>(std::popcount(word.load(std::memory_order_relaxed)));
  }
  return sum;
}

bool PublicPorts::keep_holders() {
  if (holders_) return false;
  holders_ = std::make_unique<Holders>();
  holders_now_.store(holders_.get(), std::memory_order_release);
  return true;
}

void PublicPorts::keep_blocks() {
  if (blocks_) return;
  blocks_ = std::make_unique<Blocks>();
  blocks_now_.store(blocks_.get(), std::memory_order_release);
}

bool PublicPorts::take(Be32 guest, std::size_t protocol, std::uint16_t port,
                       std::uint16_t block) noexcept {
  Blocks* blocks = blocks_now_.load(std::memory_order_acquire);
  if (blocks == nullptr) return take_bit(protocol, port);
  const std::lock_guard lock{blocks->lock};
  const auto claimed = claimed_with(*blocks, guest, protocol, port, block);
  if (!claimed || !take_bit(protocol, port)) return false;
  for (std::uint32_t unit = claimed->begin; unit < claimed->end; ++unit) {
    blocks->units[protocol][unit].owner = guest;
    blocks->units[protocol][unit].block = block;
  }
  return true;
}

bool PublicPorts::may_take(Be32 guest, std::size_t protocol, std::uint16_t port,
                           std::uint16_t block) const noexcept {
  const Blocks* blocks = blocks_now_.load(std::memory_order_acquire);
  return !is_taken(protocol, port) &&
         (blocks == nullptr || claimed_with(*blocks, guest, protocol, port, block));
}

std::optional<PublicPorts::Units> PublicPorts::claimed_with(const Blocks& blocks, Be32 guest,
                                                            std::size_t protocol,
                                                            std::uint16_t port,
                                                            std::uint16_t block) const noexcept {
  const auto& units = blocks.units[protocol];
  const Be32 owner = units[port / smallest_block].owner;
  if (owner != Be32{} && owner != guest) return std::nullopt;
  if (owner == guest || block == 0) return Units{};
  const std::uint32_t begin = port / block * (block / smallest_block);
  const std::uint32_t end = begin + block / smallest_block;
  // Somebody may have a part of it, from before there were blocks, or of this size.
  for (std::uint32_t unit = begin; unit < end; ++unit) {
    if (units[unit].owner.load() != Be32{} || word(protocol, unit * smallest_block) != 0) {
      return std::nullopt;
    }
  }
  return Units{begin, end};
}

void PublicPorts::give_back(std::size_t protocol, std::uint16_t port) noexcept {
  Blocks* blocks = blocks_now_.load(std::memory_order_acquire);
  if (blocks == nullptr) return clear_bit(protocol, port);
  const std::lock_guard lock{blocks->lock};
  clear_bit(protocol, port);
  auto& units = blocks->units[protocol];
  const std::uint16_t block = units[port / smallest_block].block;
  if (block == 0) return;
  const std::uint32_t begin = port / block * (block / smallest_block);
  const std::uint32_t end = begin + block / smallest_block;
  for (std::uint32_t unit = begin; unit < end; ++unit) {
    if (word(protocol, unit * smallest_block) != 0) return;
  }
  for (std::uint32_t unit = begin; unit < end; ++unit) {
    units[unit].owner = Be32{};
    units[unit].block = 0;
  }
}

}  // namespace viaduct::source_nat
