#include "api/document_path.h"

#include <algorithm>

namespace viaduct::api {

DocumentPath split_path(std::string_view text) {
  DocumentPath path;
  while (!text.empty()) {
    const auto slash = std::min(text.find('/'), text.size());
    if (slash > 0) path.emplace_back(text.substr(0, slash));
    text.remove_prefix(std::min(slash + 1, text.size()));
  }
  return path;
}

std::string pointer_to(const DocumentPath& path) {
  std::string pointer;
  for (const std::string& step : path) pointer += "/" + pointer_token(step);
  return pointer;
}

namespace detail {

tl::unexpected<Error> nothing_at(const DocumentPath& path) {
  return fail(Fault::not_found, pointer_to(path), "there is nothing at " + pointer_to(path));
}

tl::unexpected<Error> not_writable(const DocumentPath& path) {
  return fail(Fault::invalid, pointer_to(path),
              "a collection is not written as a whole; name one resource of it, or send the "
              "document");
}

Json patched(Json value, const Json& patch) {
  value.merge_patch(patch);
  return value;
}

Result<std::vector<Change>> read_changes(const Json& changes) {
  const auto bad = [](std::size_t at) {
    return fail(Fault::invalid, "/changes/" + std::to_string(at), "is no change of a resource");
  };
  if (!changes.is_array()) return bad(0);
  std::vector<Change> all;
  all.reserve(changes.size());
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const Json& change = changes[i];
    if (!change.is_object()) return bad(i);
    const auto path = change.find("path");
    if (path == change.end() || !path->is_string()) return bad(i);
    DocumentPath place = split_path(path->get_ref<const std::string&>());
    if (place.size() < 2) return bad(i);
    const auto after = change.find("after");
    all.push_back({std::move(place), after == change.end() ? nullptr : &*after});
  }
  return all;
}

}  // namespace detail
}  // namespace viaduct::api
