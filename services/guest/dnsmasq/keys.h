#pragma once

#include <string_view>

#include "base/result.h"
#include "services/guest/dnsmasq/configuration.h"
#include "services/guest/dnsmasq/lines.h"

namespace viaduct::dnsmasq {

// An option whose value is an option's own, not another file's.
struct Key {
  enum class Value : std::uint8_t { none, optional, required };
  using Take = Result<void> (*)(std::string_view value, const Source& source, Configuration& into);

  std::string_view name;
  Value value;
  bool is_repeatable;
  bool may_be_empty;  // "KEY=" then does nothing
  Take take;          // gets an empty value if there is none
};

// The key of that name; nullptr if it is none of ours.
const Key* find_key(std::string_view name);
// Whether dnsmasq has an option of that name that we have not.
bool is_unsupported_key(std::string_view name);

}  // namespace viaduct::dnsmasq
