#pragma once

#include <vector>

#include "controlplane/cloudstack_entry/site.h"

namespace viaduct::cloudstack_entry {

// Whether what is refused of a delivery leaves the rest of it in force.
enum class Strictness : unsigned char { lenient, strict };

// Hands parts of configuration to viaductd (POST /v1/cloudstack) as one transaction, and with them
// the NICs that are there now, as /etc/viaduct/nics.json lists them, if there is that file. Returns
// viaductd's answer; what is odd about the parts goes to the log. Nothing has changed if it fails.
Result<api::Json> deliver(Site& site, api::Json parts, Strictness strictness);
// The same for parts that begin anew: nothing that was delivered before outlives them.
Result<api::Json> deliver_anew(Site& site, api::Json parts);

// Says on the output what is odd about the parts.
void tell_notes(Site& site, const api::Json& answer);

// What was refused of a lenient delivery that was taken. An error points into the request; that of
// a message in an aggregate says why as "FILE: REASON".
[[nodiscard]] std::vector<Error> refusals(const api::Json& answer);

// The merged state of what was delivered: content by id, such as "ips.203.0.113.10".
Result<api::Json> delivered(Site& site);

}  // namespace viaduct::cloudstack_entry
