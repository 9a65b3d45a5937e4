#pragma once

#include "controlplane/cloudstack_entry/site.h"

// What becomes of a file of the cache directory once it is in force.
namespace viaduct::cloudstack_entry {

// Keeps the file `name` as processed/NAME.gz. Of a file with secrets only its type is kept.
Result<void> archive(const Site& site, const std::string& name, std::string_view type);
// Keeps an aggregate as processed/NAME, as it came.
Result<void> archive_aggregate(const Site& site, const std::string& name);
Result<void> discard(const Site& site, const std::string& name);
[[nodiscard]] bool is_archived(const Site& site, const std::string& name);

}  // namespace viaduct::cloudstack_entry
