#pragma once

#include <string>

#include "api/json.h"

namespace viaduct::http {

// The OpenAPI 3.0.3 document of the config API, made from the resource declarations.
api::Json openapi();
// The same as it is checked in at api/openapi.json and served.
std::string openapi_text();
// The query parameters of GET at this path, each with `name` and `description`.
api::Json query_parameters(const char* path);
// The methods that the API has at this path, as an Allow header lists them; empty if none.
std::string methods_at(const std::string& path);

}  // namespace viaduct::http
