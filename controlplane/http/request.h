#pragma once

#include <httplib.h>

#include <string>
#include <string_view>

#include "controlplane/control.h"

// Reading what a request says beside its path. What is wrong here makes the request malformed.
namespace viaduct::http {

// The body, within the limits of api::JsonLimits however it is framed. A body that is too large
// is read to its end (within reason), so that the sender comes to read the answer.
Result<std::string> read_body(const httplib::Request& request,
                              const httplib::ContentReader& reader);
Result<api::Json> read_json(const httplib::Request& request, const httplib::ContentReader& reader);

// The query parameters and headers that go with a change, and its fingerprint.
Result<Terms> read_terms(const httplib::Request& request, std::string_view body);

// That the query has no parameters but these.
Result<void> check_parameters(const httplib::Request& request,
                              std::initializer_list<std::string_view> known);
// A whole number from the query; `otherwise` if it is not given.
Result<std::uint64_t> read_number(const httplib::Request& request, const char* name,
                                  std::uint64_t otherwise, std::uint64_t highest,
                                  std::uint64_t lowest = 0);

}  // namespace viaduct::http
