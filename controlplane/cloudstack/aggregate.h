#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/json.h"

namespace viaduct::cloudstack {

// One message of an aggregate: what update_config.py is asked to apply.
struct Step {
  std::string file;                         // its name: "firewall_rules.json.UUID"
  Result<api::Json> content = api::Json{};  // an error if there is no such file, or it is no JSON
};

// An aggregate, as a management server sends it when a router starts: files, and the scripts that
// are to be run on them, in order.
struct Aggregate {
  std::vector<Step> steps;
  std::vector<std::string> other_scripts;  // command lines of those that do not apply a file
};

// Reads the text of a VR-UUID.cfg. Refuses what is not of that form, telling the line, and versions
// other than 1.0.
[[nodiscard]] Result<Aggregate> parse_aggregate(std::string_view text);

}  // namespace viaduct::cloudstack
