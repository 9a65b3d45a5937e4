#pragma once

#include <map>
#include <string>
#include <string_view>

#include "controlplane/cloudstack/entry.h"
#include "controlplane/cloudstack/notes.h"
#include "services/guest/password/secret.h"

// Merging messages into what was said before: what adds, what revokes, what replaces, and what
// identifies a thing, as the virtual router of CloudStack 4.19 to 4.23 has it.
namespace viaduct::cloudstack {

// What messages are merged into. A copy costs little.
struct State {
  Entries entries;
  // Those that came just now, by the ids of their entries, which do not hold them.
  std::map<std::string, password::Secret> passwords;
};

[[nodiscard]] bool is_known_type(std::string_view type);

// Merges one message. Fault::not_found for an unknown type; other errors point into `content`. When
// it returns an error, `state` is as it was.
[[nodiscard]] Result<void> merge_message(std::string_view type, const api::Json& content,
                                         State& state, Notes& notes);

}  // namespace viaduct::cloudstack
