#pragma once

#include <string>

#include "controlplane/cloudstack/request.h"

namespace viaduct::cloudstack {

// A request, not a strict one, that says what the databags in a directory say: the files
// TYPE.json that a stock router keeps below /etc/cloudstack. Its NICs are those that the databags
// mention, with devices that move no packets. Passwords are not in databags.
// Fault::not_found if there is none of these files; Fault::invalid for one that is not JSON.
[[nodiscard]] Result<Request> read_databags(const std::string& directory);

}  // namespace viaduct::cloudstack
