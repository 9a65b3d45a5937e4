#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controlplane/document.h"

namespace viaduct {

// One resource that is added, removed or changed. A router counts as a resource of its own.
struct ResourceChange {
  enum class Kind : unsigned char { add, remove, change };
  Kind kind;
  std::string path;                             // a JSON pointer into the document
  api::Json before;                             // null when added
  api::Json after;                              // null when removed
  std::optional<password::Secret> secret = {};  // of the resource, which is told beside it
};

// What must change for `from` to become `to`, in the order of the document: the appliance's own, or
// a part of it.
template <class Document>
std::vector<ResourceChange> plan(const Document& from, const Document& to);

// Makes it, without its secret.
Result<void> make(const ResourceChange& change, ApplianceDocument& document);

// [{"op":"add|remove|change","path":"...","before":{},"after":{}}]
api::Json write_changes(const std::vector<ResourceChange>& changes);

}  // namespace viaduct
