#pragma once

#include <vector>

#include "services/guest/serving/site.h"

namespace viaduct::serving {

// Those of the calling thread's network namespace that are up and have addresses, but for
// loopback's.
Result<std::vector<Interface>> interfaces_here();

}  // namespace viaduct::serving
