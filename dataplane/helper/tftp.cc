#include "dataplane/helper/tftp.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace viaduct::helper::tftp {
namespace {

// Opcodes, of two bytes.
constexpr std::array<std::string_view, 2> read_or_write{{{"\0\1", 2}, {"\0\2", 2}}};
constexpr std::array<std::string_view, 3> modes{"netascii", "octet", "mail"};

bool is_same_word(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace

bool asks_for_transfer(std::string_view datagram) noexcept {
  constexpr std::size_t opcode = 2;
  const auto begins = [&](std::string_view with) { return datagram.starts_with(with); };
  if (std::ranges::none_of(read_or_write, begins)) return false;
  const std::size_t name_end = datagram.find('\0', opcode);
  if (name_end == std::string_view::npos || name_end == opcode) return false;
  const std::size_t mode_end = datagram.find('\0', name_end + 1);
  if (mode_end == std::string_view::npos) return false;
  const std::string_view mode = datagram.substr(name_end + 1, mode_end - name_end - 1);
  return std::ranges::any_of(modes,
                             [&](std::string_view each) { return is_same_word(each, mode); });
}

}  // namespace viaduct::helper::tftp
