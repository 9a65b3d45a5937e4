#pragma once

#include <string>

#include "api/json.h"

namespace viaduct::http {

// The OpenAPI 3.0.3 document of the config API, made from the resource declarations.
api::Json openapi();
// The same as it is checked in at api/openapi.json and served.
std::string openapi_text();

}  // namespace viaduct::http
