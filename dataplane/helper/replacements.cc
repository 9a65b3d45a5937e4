#include "dataplane/helper/replacements.h"

#include <charconv>

#include "dataplane/helper/payload.h"

namespace viaduct::helper {

Replacement& Replacement::add(char character) noexcept {
  text_[size_++] = character;
  return *this;
}

Replacement& Replacement::add(std::uint32_t number) noexcept {
  const auto written = std::to_chars(text_.data() + size_, text_.data() + text_.size(), number);
  size_ = static_cast<std::size_t>(written.ptr - text_.data());
  return *this;
}

Replacement& Replacement::add(const Address& address) noexcept {
  const std::uint32_t bits = address.as_v4().host();
  for (const unsigned shift : {24U, 16U, 8U, 0U}) {
    add(bits >> shift & 0xff);
    if (shift != 0) add('.');
  }
  return *this;
}

std::int32_t Replacements::growth(std::size_t begin) const noexcept {
  std::int32_t all = 0;
  for (const Replacement& each : all_.all()) {
    if (each.of().begin >= begin) all += each.growth();
  }
  return all;
}

// From the last to the first, so that each one's place is still where it was.
bool Replacements::apply(Edit& edit) noexcept {
  const auto begin = [](const Replacement& each) { return each.of().begin; };
  std::ranges::sort(all_.all(), std::ranges::greater{}, begin);
  return std::ranges::all_of(all_.all(), [&](const Replacement& each) {
    return edit.replace(each.of().begin, each.of().end, each.text());
  });
}

}  // namespace viaduct::helper
