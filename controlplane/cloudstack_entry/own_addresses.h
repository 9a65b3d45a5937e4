#pragma once

#include <string>
#include <vector>

#include "controlplane/cloudstack_entry/site.h"

namespace viaduct::cloudstack_entry {

// The addresses of this machine in text, sorted: the kernel's without those of loopback and link
// (169.254.0.0/16, fe80::/10), and those that the packet path has.
Result<std::vector<std::string>> own_addresses(Site& site);

}  // namespace viaduct::cloudstack_entry
