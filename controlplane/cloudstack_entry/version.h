#pragma once

#include <string>

#include "controlplane/cloudstack_entry/site.h"

namespace viaduct::cloudstack_entry {

// What the server compares a router's version by.
struct Version {
  std::string release;    // "Cloudstack Release 4.22.0 ...", one line
  std::string signature;  // SHA-512 of the scripts that were sent, in hexadecimal; "none" without
};

[[nodiscard]] Version version_of(Site& site);

}  // namespace viaduct::cloudstack_entry
