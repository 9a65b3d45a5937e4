#include "controlplane/http/problem.h"
#include "controlplane/http/request.h"
#include "controlplane/http/server.h"

namespace viaduct::http {
namespace {

using httplib::ContentReader;
using httplib::Request;
using httplib::Response;

constexpr const char* config_path = R"(/v1/config((?:/[^/]*)*))";

// What a method does to the document, given the place that the path names and the body.
using Method = Result<void> (*)(ApplianceDocument& next, const api::DocumentPath& place,
                                const api::Json& body);

Result<void> do_put(ApplianceDocument& next, const api::DocumentPath& place,
                    const api::Json& body) {
  return api::put(next, place, body);
}

Result<void> do_patch(ApplianceDocument& next, const api::DocumentPath& place,
                      const api::Json& body) {
  if (!place.empty()) {
    return fail(Fault::invalid, api::pointer_to(place),
                "PATCH takes the whole document, at /v1/config");
  }
  return api::merge(next, body);
}

Result<void> do_delete(ApplianceDocument& next, const api::DocumentPath& place,
                       const api::Json& /*body*/) {
  return api::remove(next, place);
}

class ChangeRoute {
 public:
  ChangeRoute(Control& control, Method method) : control_(control), method_(method) {}

  void operator()(const Request& request, Response& response, const ContentReader& reader) const {
    auto body = read_body(request, reader);
    if (!body) return refuse_malformed(request, response, body.error());
    auto terms = read_terms(request, *body);
    if (!terms) return refuse_malformed(request, response, terms.error());
    auto json = method_ == do_delete ? Result<api::Json>{} : api::parse_json(*body);
    if (!json) return refuse_malformed(request, response, json.error());
    std::string{}.swap(*body);
    const api::DocumentPath place = api::split_path(request.matches[1].str());
    const auto changed = control_.change(
        [&](ApplianceDocument& next) { return method_(next, place, *json); }, *terms);
    if (!changed) return refuse(request, response, changed.error());
    answer_change(response, *changed);
  }

 private:
  Control& control_;
  Method method_;
};

}  // namespace

void add_config_routes(httplib::Server& server, const Parts& parts) {
  Control& control = parts.control;
  server.Get(config_path, [&control](const Request& request, Response& response) {
    const auto desired = control.desired();
    const auto found =
        api::get(desired->documents.whole, api::split_path(request.matches[1].str()));
    if (!found) return refuse(request, response, found.error());
    set_revision(response, desired->revision);
    answer(response, *found);
  });
  server.Put(config_path, ChangeRoute{control, do_put});
  server.Patch(config_path, ChangeRoute{control, do_patch});
  server.Delete(config_path, ChangeRoute{control, do_delete});
}

}  // namespace viaduct::http
