#pragma once

#include "api/settings.h"

namespace viaduct::guestd {

// Serves what viaductd says on the control socket, until SIGINT or SIGTERM. Two processes: this one
// becomes an ordinary user who may do nothing, the broker opens sockets for it. Either ends with
// the other. REQUIRES: there is one thread; we may change the user and enter network namespaces.
Result<void> run(const Settings& settings);

}  // namespace viaduct::guestd
