#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"

namespace viaduct::runtime {

// Runs `work` on a thread of its own inside the named network namespace (a file below /run/netns);
// an empty name is the namespace we are in. What is opened there stays there.
Result<void> inside(const std::string& network_namespace,
                    const std::function<Result<void>()>& work);

// Tells apart two namespaces that have had the same name; 0 if there is none of that name.
std::uint64_t identity_of(const std::string& network_namespace);

}  // namespace viaduct::runtime
