#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/net.h"

// What the parsers of text protocols share.
namespace viaduct::helper {

// Where something stands in a text: from `begin` on, before `end`.
struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// An address that stands in a text.
struct AddressAt {
  Range at;
  Address address;
};

// A number that stands in a text.
struct NumberAt {
  Range at;
  std::uint32_t number = 0;
};

// At most so many of them, in their order.
template <class T, std::size_t most>
class Few {
 public:
  // False if there is no room.
  [[nodiscard]] bool add(const T& one) noexcept {
    if (count_ == most) return false;
    all_[count_++] = one;
    return true;
  }
  [[nodiscard]] std::span<const T> all() const noexcept { return {all_.data(), count_}; }
  [[nodiscard]] std::span<T> all() noexcept { return {all_.data(), count_}; }

 private:
  std::array<T, most> all_{};
  std::size_t count_ = 0;
};

// Reads a text from left to right. What it asks for and does not find, it leaves.
class Reader {
 public:
  explicit Reader(std::string_view text, std::size_t from = 0) : text_(text), at_(from) {}

  [[nodiscard]] std::size_t at() const noexcept { return at_; }
  [[nodiscard]] bool is_at_end() const noexcept { return at_ == text_.size(); }
  // The next character, which is not taken; 0 at the end.
  [[nodiscard]] char next() const noexcept { return is_at_end() ? '\0' : text_[at_]; }
  [[nodiscard]] bool take(char wanted) noexcept {
    if (is_at_end() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }
  // A word, which is wanted in capitals and may be written in small letters.
  [[nodiscard]] bool take_word(std::string_view wanted) noexcept {
    const std::string_view there = text_.substr(at_, wanted.size());
    const bool is_it = std::ranges::equal(there, wanted, [](char a, char b) {
      return (a >= 'a' && a <= 'z' ? static_cast<char>(a - 'a' + 'A') : a) == b;
    });
    if (is_it) at_ += wanted.size();
    return is_it;
  }
  [[nodiscard]] std::optional<char> take_any() noexcept {
    return is_at_end() ? std::nullopt : std::optional{text_[at_++]};
  }
  [[nodiscard]] std::optional<std::uint32_t> take_number(std::uint32_t most) noexcept {
    std::uint32_t number = 0;
    const char* const from = text_.data() + at_;
    const auto [end, error] = std::from_chars(from, text_.data() + text_.size(), number);
    if (error != std::errc{} || number > most) return std::nullopt;
    at_ += static_cast<std::size_t>(end - from);
    return number;
  }
  // "a.b.c.d", or with another separator.
  [[nodiscard]] std::optional<Address> take_address(char separator) noexcept {
    std::uint32_t bits = 0;
    for (int i = 0; i < 4; ++i) {
      if (i != 0 && !take(separator)) return std::nullopt;
      const auto part = take_number(255);
      if (!part) return std::nullopt;
      bits = bits << 8 | *part;
    }
    return Address::v4(Be32::of(bits));
  }
  [[nodiscard]] std::optional<NumberAt> take_number_at(std::uint32_t most) noexcept {
    const std::size_t begin = at_;
    const auto number = take_number(most);
    return number ? std::optional{NumberAt{{begin, at_}, *number}} : std::nullopt;
  }
  [[nodiscard]] std::optional<AddressAt> take_address_at() noexcept {
    const std::size_t begin = at_;
    const auto address = take_address('.');
    return address ? std::optional{AddressAt{{begin, at_}, *address}} : std::nullopt;
  }
  // Goes behind the next one of these.
  [[nodiscard]] bool skip_to(char wanted) noexcept {
    const std::size_t found = text_.find(wanted, at_);
    if (found == std::string_view::npos) return false;
    at_ = found + 1;
    return true;
  }
  // Goes to the next one of any of these, or to the end.
  void go_to_any(std::string_view wanted) noexcept {
    at_ = std::min(text_.find_first_of(wanted, at_), text_.size());
  }
  // Goes to the next that is none of these, or to the end.
  void skip_all(std::string_view unwanted) noexcept {
    at_ = std::min(text_.find_first_not_of(unwanted, at_), text_.size());
  }

 private:
  std::string_view text_;
  std::size_t at_;
};

}  // namespace viaduct::helper
