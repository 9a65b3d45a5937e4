#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "services/guest/dhcp/values.h"

namespace viaduct::dhcp {

// Some of the addresses of some ranges: a bit for each that may be in it. Empty at first.
class AddressSet {
 public:
  // REQUIRES: ranges do not overlap.
  explicit AddressSet(const std::vector<AddressRange>& ranges);

  // Puts the address in, or takes it out. Nothing happens to one outside of the ranges.
  void set(const Address& address, bool is_in);
  [[nodiscard]] bool contains(const Address& address) const;

  // The one at or next behind the place that `hash` means, so that the same hash gets the same
  // address as long as that is here.
  [[nodiscard]] std::optional<Address> pick(std::uint64_t hash) const;

  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

 private:
  [[nodiscard]] std::optional<std::size_t> index_of(const Address& address) const;
  [[nodiscard]] Address address_at(std::size_t index) const;

  std::vector<AddressRange> ranges_;
  std::vector<std::uint64_t> words_;
  std::size_t capacity_ = 0;
  std::size_t count_ = 0;
};

}  // namespace viaduct::dhcp
