#pragma once

#include "controlplane/http/families.h"

namespace viaduct::http {

// What viaduct-guestd counts, by network and never by client; nothing if it is away.
void add_guest_services(Families& families, const api::Json& counters);

}  // namespace viaduct::http
