#pragma once

#include <string_view>

#include "base/process.h"

namespace viaduct::cloudstack_entry {

constexpr std::size_t longest_command_line = 65536;  // bytes

// The words of a command line as a CloudStack host sends it by SSH. Blanks separate them, double
// quotes keep blanks within one, and a backslash takes away what the next character means
// (XenServer hosts escape semicolons). Nothing is ever expanded: what only a shell would understand
// is refused with Fault::malformed, as are control characters and more than longest_command_line
// bytes.
Result<Arguments> split_command_line(std::string_view text);

}  // namespace viaduct::cloudstack_entry
