#pragma once

#include <httplib.h>

#include <string>

#include "api/json.h"

namespace viaduct::http {

// The one place where a fault becomes a status.
[[nodiscard]] int status_of(Fault fault);

// Answers with a problem document (RFC 9457). `pointer` in it points into the document.
void refuse(const httplib::Request& request, httplib::Response& response, const Error& error);
// The same for a request that cannot even be read: what is invalid about it is a 400.
void refuse_malformed(const httplib::Request& request, httplib::Response& response,
                      const Error& error);
// The same for a status without an Error, as the HTTP library makes them.
void refuse_status(const httplib::Request& request, httplib::Response& response, int status);

// JSON as text; bytes that are not UTF-8 are replaced.
[[nodiscard]] std::string to_text(const api::Json& json);
void answer(httplib::Response& response, const api::Json& body);

}  // namespace viaduct::http
