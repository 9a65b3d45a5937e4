#include <cstddef>
#include <cstdint>

#include "controlplane/cloudstack_entry/command_line.h"

namespace {

// Each word in quotes again means the same.
std::string quoted(const viaduct::Arguments& words) {
  std::string line;
  for (const std::string& word : words) {
    line += '"';
    for (const char c : word) {
      if (std::string_view{"\"\\$`"}.find(c) != std::string_view::npos) line += '\\';
      line += c;
    }
    line += "\" ";
  }
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT
  const std::string text{data, data + size};
  const auto words = viaduct::cloudstack_entry::split_command_line(text);
  if (!words) return 0;
  const auto again = viaduct::cloudstack_entry::split_command_line(quoted(*words));
  const bool is_too_long = !again && again.error().fault == viaduct::Fault::too_large;
  if (!is_too_long && (!again || *again != *words)) __builtin_trap();
  return 0;
}
