#include "base/cleansing/stack.h"

#include <array>
#include <cstring>

namespace viaduct {

[[gnu::noinline]] void wipe_stack() noexcept {
  constexpr std::size_t deepest = std::size_t{256} << 10;
  std::array<char, deepest> below;  // NOLINT(cppcoreguidelines-pro-type-member-init): it is wiped
  explicit_bzero(below.data(), below.size());
}

}  // namespace viaduct
