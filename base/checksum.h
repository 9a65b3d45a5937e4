#pragma once

#include <cstdint>

#include "base/net.h"

namespace viaduct {

// The effect of field edits on an Internet checksum (RFC 1624, eqn. 3). Edits add up; up to 32 768
// of them (an IPv6 address is eight) fit before a fold.
class Change {
 public:
  constexpr Change() = default;
  constexpr Change(std::uint16_t was, std::uint16_t is)
      : sum_(std::uint32_t{static_cast<std::uint16_t>(~was)} + is) {}
  static constexpr Change folded_from(std::uint16_t sum) {
    Change change;
    change.sum_ = sum;
    return change;
  }
  friend constexpr Change operator+(Change a, Change b) {
    a.sum_ += b.sum_;
    return a;
  }
  // The whole effect in 16 bits, to be kept and applied to many packets.
  [[nodiscard]] constexpr std::uint16_t folded() const {
    std::uint32_t sum = sum_;
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(sum);
  }
  [[nodiscard]] constexpr Be16 applied_to(Be16 checksum) const {
    std::uint32_t sum = folded() + std::uint32_t{static_cast<std::uint16_t>(~checksum.bits())};
    sum = (sum & 0xffff) + (sum >> 16);
    return Be16::raw(static_cast<std::uint16_t>(~sum));
  }

 private:
  std::uint32_t sum_ = 0;
};

constexpr Change change(Be16 was, Be16 is) {
  return {was.bits(), is.bits()};
}
constexpr Change change(Be32 was, Be32 is) {
  const auto high = [](Be32 v) { return static_cast<std::uint16_t>(v.bits() >> 16); };
  const auto low = [](Be32 v) { return static_cast<std::uint16_t>(v.bits() & 0xffff); };
  return Change{high(was), high(is)} + Change{low(was), low(is)};
}

// The checksum after a change that was folded before: the same as
// Change::folded_from(change).applied_to(checksum), in fewer steps.
constexpr Be16 apply_folded(std::uint16_t change, Be16 checksum) {
  std::uint16_t sum = 0;
  const bool carry =
      __builtin_add_overflow(change, static_cast<std::uint16_t>(~checksum.bits()), &sum);
  return Be16::raw(static_cast<std::uint16_t>(~(sum + (carry ? 1 : 0))));
}

// RFC 768 reserves zero for "no checksum", so a computed zero travels as all ones.
constexpr Be16 never_zero(Be16 udp_checksum) {
  return udp_checksum == Be16{} ? Be16::raw(0xffff) : udp_checksum;
}

}  // namespace viaduct
