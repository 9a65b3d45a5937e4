#include "services/guest/dhcp/address_set.h"

#include <bit>

namespace viaduct::dhcp {
namespace {

constexpr std::size_t word_bits = 64;

Address advanced(const Address& address, std::size_t by) {
  return Address::v4(Be32::of(address.as_v4().host() + static_cast<std::uint32_t>(by)));
}

}  // namespace

AddressSet::AddressSet(const std::vector<AddressRange>& ranges) : ranges_(ranges) {
  for (const AddressRange& range : ranges) capacity_ += range.size();
  words_.resize((capacity_ + word_bits - 1) / word_bits);
}

void AddressSet::set(const Address& address, bool is_in) {
  const auto index = index_of(address);
  if (!index) return;
  std::uint64_t& word = words_[*index / word_bits];
  const std::uint64_t bit = std::uint64_t{1} << *index % word_bits;
  if (((word & bit) != 0) == is_in) return;
  word ^= bit;
  count_ = is_in ? count_ + 1 : count_ - 1;
}

bool AddressSet::contains(const Address& address) const {
  const auto index = index_of(address);
  return index && (words_[*index / word_bits] >> *index % word_bits & 1) != 0;
}

std::optional<Address> AddressSet::pick(std::uint64_t hash) const {
  if (count_ == 0) return std::nullopt;
  const std::size_t start = hash % capacity_;
  std::size_t at = start / word_bits;
  std::uint64_t word = words_[at] & ~std::uint64_t{0} << start % word_bits;
  while (word == 0) {
    at = (at + 1) % words_.size();
    word = words_[at];
  }
  return address_at(at * word_bits + static_cast<std::size_t>(std::countr_zero(word)));
}

std::optional<std::size_t> AddressSet::index_of(const Address& address) const {
  std::size_t before = 0;
  for (const AddressRange& range : ranges_) {
    if (range.contains(address)) {
      return before + address.as_v4().host() - range.first.as_v4().host();
    }
    before += range.size();
  }
  return std::nullopt;
}

Address AddressSet::address_at(std::size_t index) const {
  auto range = ranges_.begin();
  while (index >= range->size()) {
    index -= range->size();
    ++range;
  }
  return advanced(range->first, index);
}

}  // namespace viaduct::dhcp
