#include "controlplane/cloudstack/adapter.h"
#include "controlplane/http/problem.h"
#include "controlplane/http/request.h"
#include "controlplane/http/server.h"

namespace viaduct::http {
namespace {

using httplib::ContentReader;
using httplib::Request;
using httplib::Response;

constexpr const char* path = "/v1/cloudstack";

void post(Control& control, const Request& request, Response& response,
          const ContentReader& reader) {
  auto body = read_body(request, reader);
  if (!body) return refuse_malformed(request, response, body.error());
  const auto terms = read_terms(request, *body);
  if (!terms) return refuse_malformed(request, response, terms.error());
  const auto json = api::parse_json(*body);
  if (!json) return refuse_malformed(request, response, json.error());
  std::string{}.swap(*body);
  const auto asked = cloudstack::read_request(*json);
  if (!asked) return refuse_malformed(request, response, asked.error());
  cloudstack::Outcome outcome;
  const auto merge = [&](ApplianceDocument& next) -> Result<void> {
    outcome = TRY(cloudstack::apply(*asked, next, control.largest_mtu()));
    return {};
  };
  auto changed = control.change(merge, *terms);
  if (!changed) return refuse(request, response, changed.error());
  changed->update(outcome.to_json());
  answer_change(response, *changed);
}

}  // namespace

void add_cloudstack_routes(httplib::Server& server, const Parts& parts) {
  Control& control = parts.control;
  server.Get(path, [&control](const Request& /*request*/, Response& response) {
    const auto desired = control.desired();
    set_revision(response, desired->revision);
    answer(response, cloudstack::describe(desired->documents.whole, control.largest_mtu()));
  });
  server.Post(path,
              [&control](const Request& request, Response& response, const ContentReader& reader) {
                post(control, request, response, reader);
              });
}

}  // namespace viaduct::http
