#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>

namespace viaduct::dns {

// Numbers that nobody can foresee, from a source that fills bytes with them: the kernel, unless a
// test knows better.
class Random {
 public:
  using Source = std::function<void(std::span<std::uint8_t>)>;
  explicit Random(Source source = from_kernel) : source_(std::move(source)) {}

  template <class Number>
  [[nodiscard]] Number number() {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(Number); ++i) value = value << 8 | byte();
    return static_cast<Number>(value);
  }

 private:
  static void from_kernel(std::span<std::uint8_t> bytes);
  [[nodiscard]] std::uint8_t byte();

  Source source_;
  std::array<std::uint8_t, 256> ahead_{};
  std::size_t used_ = ahead_.size();
};

}  // namespace viaduct::dns
