#pragma once

#include <string_view>

#include "base/result.h"

// What a router's namespace holds from its birth. All of it speaks of the calling thread's network
// namespace.
namespace viaduct::kernel {

// Brings the loopback up, silences the kernel where the data plane speaks, and leaves our mark.
Result<void> furnish(std::string_view mark);

// Whether furnish() did this with the same mark.
Result<bool> is_furnished(std::string_view mark);

// Whether the settings that furnish() made still hold.
Result<bool> is_furnished_still();

// Lets the kernel speak IPv6 on one interface, or not. Interfaces are born without.
Result<void> set_ipv6(std::string_view interface, bool enabled);

}  // namespace viaduct::kernel
