#pragma once

#include "base/result.h"
#include "services/guest/password/secret.h"

namespace viaduct::password {

// That guests can be told it: they take one line. The error does not quote it.
[[nodiscard]] Result<void> check(const Secret& secret);

}  // namespace viaduct::password
