#pragma once

#include "controlplane/cloudstack/request.h"
#include "controlplane/document.h"

// From CloudStack's messages to the document: the entries, and what they mean for router `vr` and
// its ports. Both change in one transaction, since both are in the document.
namespace viaduct::cloudstack {

// Merges a request, and makes of the entries that result what the router is to be. Of the router's
// collections those that messages decide about are wholly theirs, and so are the ports whose ids
// begin with "vr."; everything else stays. Errors as those of merge(). `largest_mtu` is what the
// packet path takes, in bytes.
[[nodiscard]] Result<Outcome> apply(const Request& request, ApplianceDocument& next,
                                    std::uint16_t largest_mtu = 9000);

// What is known and what it means: {"entries":{ID:{...}}, "notes":[...]}.
[[nodiscard]] api::Json describe(const ApplianceDocument& document, std::uint16_t largest_mtu);

}  // namespace viaduct::cloudstack
