#pragma once

#include "base/net.h"
#include "dataplane/model/context.h"

namespace viaduct {

// `address` lies in a public network of the router, and a station may have it.
Result<void> check_public_address(const RouterContext& context, const Address& address);

// `address` is one that a guest may have: in a guest network, or behind a route into one; and not
// the router's own.
Result<void> check_guest_address(const RouterContext& context, const Address& address);

}  // namespace viaduct
