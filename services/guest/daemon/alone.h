#pragma once

#include <string>

#include "base/result.h"

namespace viaduct::guestd {

// Gives up what serving the configuration of one network namespace does not take; see privileges.h.
// Root becomes the owner of the directory in which the file of leases lies, keeps the capabilities
// by which sockets are opened, and sees no file outside of that directory. Whoever is not root
// keeps what it has. The path of the file of leases from now on.
// REQUIRES: there is one thread, and everything else is read.
Result<std::string> settle_alone(const std::string& lease_file);

}  // namespace viaduct::guestd
