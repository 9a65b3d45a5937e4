#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/net.h"
#include "dataplane/helper/reader.h"

namespace viaduct::helper {

class Edit;

// What is to stand in a text in the place of something else.
class Replacement {
 public:
  Replacement() = default;
  explicit Replacement(Range of) noexcept : of_(of) {}
  Replacement& add(char character) noexcept;
  Replacement& add(std::uint32_t number) noexcept;
  // "10.1.1.20"
  Replacement& add(const Address& address) noexcept;

  [[nodiscard]] const Range& of() const noexcept { return of_; }
  [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), size_}; }
  [[nodiscard]] std::int32_t growth() const noexcept {
    return static_cast<std::int32_t>(size_) - static_cast<std::int32_t>(of_.end - of_.begin);
  }

 private:
  Range of_;
  std::array<char, 24> text_{};  // "255.255.255.255:65535"
  std::size_t size_ = 0;
};

// All that changes in one message.
class Replacements {
 public:
  void add(const Replacement& one) noexcept { is_complete_ &= all_.add(one); }
  // False if there were more than fit.
  [[nodiscard]] bool is_complete() const noexcept { return is_complete_; }
  [[nodiscard]] bool is_empty() const noexcept { return all_.all().empty(); }
  // How much longer the text becomes from `begin` on.
  [[nodiscard]] std::int32_t growth(std::size_t begin = 0) const noexcept;
  // False if the buffer has no room for it; the packet is spoiled then.
  [[nodiscard]] bool apply(Edit& edit) noexcept;

 private:
  Few<Replacement, 48> all_;
  bool is_complete_ = true;
};

}  // namespace viaduct::helper
