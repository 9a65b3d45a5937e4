#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dataplane/document.h"

// Reading and editing one place of the document. A place is named by the steps that lead to it:
//   ports | ports/ID | routers | routers/ROUTER | routers/ROUTER/COLLECTION | .../COLLECTION/ID
// and no steps name the document itself. Errors point into the document.
namespace viaduct {

using DocumentPath = std::vector<std::string>;

// "routers/red/routes" -> {"routers","red","routes"}; leading and trailing slashes do not count.
DocumentPath split_path(std::string_view text);
std::string pointer_to(const DocumentPath& path);

Result<api::Json> get(const Document& document, const DocumentPath& path);

// Makes or replaces the document, a router or one resource. The router must exist.
Result<void> put(Document& document, const DocumentPath& path, const api::Json& body);

// Removes a router or one resource.
Result<void> remove(Document& document, const DocumentPath& path);

// RFC 7396: what `patch` says, the rest as it was. Costs what the patch touches.
Result<void> merge(Document& document, const api::Json& patch);

// Makes the changes that a plan tells, [{"path":"/routers/red/routes/default","after":{...}}, ...]:
// each resource becomes what it is after, or goes if it is nothing then.
Result<void> make_changes(Document& document, const api::Json& changes);

// The schema of the resource type, of the router or of the document that `path` names.
Result<api::Json> schema_at(const DocumentPath& path);

}  // namespace viaduct
