#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace viaduct::api {

// Attributes stay in the order in which they were written. Finding one by name takes time in
// proportion to their number; so does operator[] on a new one, see append().
using Json = nlohmann::ordered_json;

// What a text from outside may cost us.
struct JsonLimits {
  std::size_t bytes = std::size_t{32} << 20;
  std::size_t depth = 32;
};

// Reads one JSON text: UTF-8, within the limits, no attribute twice (RFC 8259 section 4 leaves
// that open; we refuse it). The error tells the byte offset.
Result<Json> parse_json(std::string_view text, JsonLimits limits = {});

// Adds an attribute that `object` does not have yet, at its end, in constant time.
Json& append(Json& object, std::string name, Json value);

// RFC 6901: '~' and '/' in a name, escaped for a pointer.
std::string pointer_token(std::string_view name);

}  // namespace viaduct::api

#ifndef __OPTIMIZE__
// Nothing is inlined: compiled once, in json.cc, and not in every file that touches JSON.
extern template class nlohmann::basic_json<nlohmann::ordered_map>;
#endif
