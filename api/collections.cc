#include "api/collections.h"

#include <algorithm>

namespace viaduct::api {

Result<void> check_size(std::size_t resources) {
  if (resources <= most_resources) return {};
  return fail(Fault::too_large, "",
              "more than " + std::to_string(most_resources) + " resources in one collection");
}

bool is_id(std::string_view text) {
  const auto alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && alphanumeric(text.front()) && std::ranges::all_of(text, [&](char c) {
    return alphanumeric(c) || c == '-' || c == '_' || c == '.';
  });
}

}  // namespace viaduct::api
