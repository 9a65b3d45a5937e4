#pragma once

#include <functional>

#include "base/result.h"

namespace viaduct::bench {

// What a device forwards when it is offered `rate`, both in packets per second.
using Forwarded = std::function<Result<double>(double rate)>;

// The offered rate at which a device forwards most. More is not always better: a kernel that is
// flooded spends its time on packets that it will drop. Begins at `first`, which should be easy.
Result<double> best_load(double first, const Forwarded& forwarded);

}  // namespace viaduct::bench
