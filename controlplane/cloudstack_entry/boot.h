#pragma once

#include "controlplane/cloudstack_entry/site.h"

namespace viaduct::cloudstack_entry {

// What the appliance does once viaductd answers: applies the command line that the hypervisor left
// in /var/cache/cloud/cmdline, if there is one, and lets get_template_version.sh say that it has
// booted. Returns the exit status.
int boot(Site& site);
[[nodiscard]] bool has_booted(const Site& site);

}  // namespace viaduct::cloudstack_entry
