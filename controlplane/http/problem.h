#pragma once

#include <httplib.h>

#include <cstdint>
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

// The same for a method that this path does not take; `allowed` is what it takes.
void refuse_method(const httplib::Request& request, httplib::Response& response,
                   const std::string& allowed);

// JSON as text; bytes that are not UTF-8 are replaced.
[[nodiscard]] std::string to_text(const api::Json& json);
void answer(httplib::Response& response, const api::Json& body);
// Says of which revision of the document the answer is.
void set_revision(httplib::Response& response, std::uint64_t revision);
// The answer to a change, which tells its revision.
void answer_change(httplib::Response& response, const api::Json& change);

}  // namespace viaduct::http
