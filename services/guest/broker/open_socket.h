#pragma once

#include <tl/expected.hpp>

#include "base/framing.h"
#include "services/guest/broker/request.h"

namespace viaduct::broker {

// A socket of the calling thread's network namespace, none that blocks. A service may be bound to
// an address that the interface has not yet got. The error is errno's.
tl::expected<Descriptor, int> open_socket(const Request& request);

}  // namespace viaduct::broker
