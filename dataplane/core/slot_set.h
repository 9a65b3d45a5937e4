#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "dataplane/model/directory.h"

namespace viaduct {

// Slots, a bit for each: quick to ask, and to visit in portions.
class SlotSet {
 public:
  void insert(Slot slot) {
    if (slot / bits >= words_.size()) words_.resize(slot / bits + 1);
    words_[slot / bits] |= std::uint64_t{1} << (slot % bits);
  }
  [[nodiscard]] bool contains(Slot slot) const noexcept {
    return slot / bits < words_.size() && (words_[slot / bits] >> (slot % bits) & 1) != 0;
  }

  // Portions of 64 slots each.
  [[nodiscard]] std::size_t portions() const noexcept { return words_.size(); }
  // Calls visit(Slot) for those of one portion, in their order; how many they were.
  std::size_t visit(std::size_t portion, auto visit) const noexcept {
    std::size_t count = 0;
    for (std::uint64_t word = words_[portion]; word != 0; word &= word - 1, ++count) {
      visit(static_cast<Slot>(portion * bits + static_cast<std::size_t>(std::countr_zero(word))));
    }
    return count;
  }

 private:
  static constexpr std::size_t bits = 64;
  std::vector<std::uint64_t> words_;
};

}  // namespace viaduct
