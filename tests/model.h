#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "api/json.h"
#include "base/net.h"
#include "base/result.h"
#include "dataplane/document.h"

// The vocabulary of the model's tests: values from text, refusals as text, and a router on paper.
namespace viaduct::test {

template <class T>
T sure(Result<T> result) {
  if (result) return *std::move(result);
  ADD_FAILURE() << result.error().where << ": " << result.error().why;
  std::abort();
}

inline Address address(std::string_view text) {
  return sure(parse_address(text));
}
inline Prefix prefix(std::string_view text) {
  return sure(parse_prefix(text));
}
inline Endpoint endpoint(std::string_view text) {
  return sure(parse_endpoint(text));
}
inline api::Json json(std::string_view text) {
  return sure(api::parse_json(text));
}

// "accepted", or "/where: why".
template <class T>
std::string told(const Result<T>& result) {
  return result ? "accepted" : result.error().where + ": " + result.error().why;
}

template <class T>
testing::AssertionResult is_refused(const Result<T>& result, Fault fault, std::string_view where,
                                    std::string_view why = "") {
  if (!result && result.error().fault == fault && result.error().where == where &&
      result.error().why.find(why) != std::string::npos) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << told(result);
}

template <class T>
testing::AssertionResult is_invalid(const Result<T>& result, std::string_view where,
                                    std::string_view why = "") {
  return is_refused(result, Fault::invalid, where, why);
}
template <class T>
testing::AssertionResult is_conflict(const Result<T>& result, std::string_view where,
                                     std::string_view why = "") {
  return is_refused(result, Fault::conflict, where, why);
}

// A document with the router "red": public0 203.0.113.2/24 and 2001:db8:1::2/64, guest0 10.1.1.1/24
// and 2001:db8:2::1/64, guest1 10.1.2.1/24 (egress denied), gateway0 172.16.0.2/24 (private). Tests
// add to it.
class Paper {
 public:
  // Puts a resource of the router "red", such as "routes/default".
  Paper& with(std::string_view resource, std::string_view body) {
    return at("/routers/red/" + std::string{resource}, body);
  }
  // Puts whatever `pointer` names.
  Paper& at(const std::string& pointer, std::string_view body) {
    document_[api::Json::json_pointer{pointer}] = json(body);
    return *this;
  }

  // Takes away what `pointer` names.
  void remove(const std::string& pointer) {
    const api::Json::json_pointer at{pointer};
    document_[at.parent_pointer()].erase(at.back());
  }

  [[nodiscard]] const api::Json& body() const { return document_; }
  [[nodiscard]] Document document() const { return sure(read_document(document_)); }
  Result<Configuration> compile(const Configuration& before = {}) {
    const Document desired = TRY(read_document(document_));
    return viaduct::compile(desired, directory, 9000, before);
  }
  // The router "red", or the router `id`.
  const CompiledRouter& router(std::string_view id = "red") {
    configuration_ = sure(compile());
    for (const auto& router : configuration_.routers) {
      if (router->id == id) return *router;
    }
    ADD_FAILURE() << "no router " << id;
    std::abort();
  }

  Directory directory;

 private:
  api::Json document_ = json(R"({
    "ports": {"wan": {"device": "net_ring0"}, "lan": {"device": "net_ring1"}},
    "routers": {"red": {"interfaces": {
      "public0": {"role": "public", "port": "wan",
                  "addresses": ["203.0.113.2/24", "2001:db8:1::2/64"]},
      "guest0": {"role": "guest", "port": "lan", "vlan": 1,
                 "addresses": ["10.1.1.1/24", "2001:db8:2::1/64"]},
      "guest1": {"role": "guest", "port": "lan", "vlan": 2, "addresses": ["10.1.2.1/24"],
                 "egress": "deny"},
      "gateway0": {"role": "private", "port": "wan", "vlan": 9,
                   "addresses": ["172.16.0.2/24"]}}}}})");
  Configuration configuration_;
};

}  // namespace viaduct::test
