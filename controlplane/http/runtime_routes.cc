#include "controlplane/http/metrics.h"
#include "controlplane/http/openapi.h"
#include "controlplane/http/problem.h"
#include "controlplane/http/request.h"
#include "controlplane/http/server.h"

namespace viaduct::http {
namespace {

using api::Json;
using httplib::ContentReader;
using httplib::Request;
using httplib::Response;

constexpr std::uint64_t most_sessions = 10'000;  // in one answer

Json without_verdict(Json answered) {
  answered.erase("ok");
  return answered;
}

// Hands the question on; the process's answer is ours.
void forward(RemoteProcess& process, const Json& question, const Request& request,
             Response& response) {
  const auto answered = process.ask(question);
  if (!answered) return refuse(request, response, answered.error());
  answer(response, without_verdict(*answered));
}

Result<Json> sessions_question(const Request& request) {
  TRY(check_parameters(request, {"router", "protocol", "address", "limit", "cursor"}));
  Json question = {{"op", "sessions"}};
  for (const char* name : {"router", "protocol", "address"}) {
    if (request.has_param(name)) question[name] = request.get_param_value(name);
  }
  question["limit"] = TRY(read_number(request, "limit", 1000, most_sessions));
  question["cursor"] = TRY(read_number(request, "cursor", 0, ~std::uint64_t{0} >> 1));
  return question;
}

Json leases_question(const Request& request) {
  Json question = {{"op", "leases"}};
  for (const char* name : {"router", "interface"}) {
    if (request.has_param(name)) question[name] = request.get_param_value(name);
  }
  return question;
}

// guestd has none of a router that it was never told of.
void tell_leases(const Parts& parts, const Request& request, Response& response) {
  if (const auto known = check_parameters(request, {"router", "interface"}); !known) {
    return refuse_malformed(request, response, known.error());
  }
  const std::string router = request.get_param_value("router");
  const auto desired = parts.control.desired();
  if (!router.empty() && !desired->documents.whole.routers.contains(router)) {
    const std::string where = "/routers/" + api::pointer_token(router);
    return refuse(request, response, {Fault::not_found, where, "there is nothing at " + where});
  }
  forward(parts.guest_services, leases_question(request), request, response);
}

Json packet_path_of(ApplianceDocument document) {
  return write_document(derive(std::move(document)).packet_path);
}

// {"packet":{...}, "candidate":{document}?, "revision":n?}
Result<Json> explain_question(const Json& body, Journal& journal) {
  if (!body.is_object()) return tl::unexpected<Error>{api::expected("an object", body)};
  Json question = {{"op", "explain"}};
  for (const auto& [name, value] : body.items()) {
    if (name == "packet") {
      question["packet"] = value;
    } else if (name == "candidate") {
      question["document"] = packet_path_of(TRY(api::read_document<ApplianceDocument>(value)));
    } else if (name == "revision" && value.is_number_unsigned()) {
      question["document"] = packet_path_of(TRY(journal.document(value.get<Revision>())));
    } else {
      return fail(Fault::invalid, "/" + api::pointer_token(name),
                  "expected packet, and candidate (a document) or revision (a number)");
    }
  }
  if (!question.contains("packet")) return fail(Fault::invalid, "/packet", "missing");
  return question;
}

void explain(const Parts& parts, const Request& request, Response& response,
             const ContentReader& reader) {
  const auto body = read_json(request, reader);
  if (!body) return refuse_malformed(request, response, body.error());
  const auto question = explain_question(*body, parts.journal);
  if (!question) return refuse(request, response, question.error());
  forward(parts.dataplane, *question, request, response);
}

}  // namespace

void add_runtime_routes(httplib::Server& server, const Parts& parts) {
  server.Get("/v1/status", [parts](const Request& /*request*/, Response& response) {
    answer(response, write_status(parts.control.status()));
  });
  server.Get("/v1/sessions", [parts](const Request& request, Response& response) {
    const auto question = sessions_question(request);
    if (!question) return refuse_malformed(request, response, question.error());
    const auto answered = parts.dataplane.ask(*question);
    if (!answered) return refuse_malformed(request, response, answered.error());
    answer(response, without_verdict(*answered));
  });
  server.Get("/v1/counters", [parts](const Request& request, Response& response) {
    forward(parts.dataplane, {{"op", "counters"}}, request, response);
  });
  server.Get("/v1/services", [parts](const Request& request, Response& response) {
    forward(parts.guest_services, {{"op", "counters"}}, request, response);
  });
  server.Get("/v1/leases", [parts](const Request& request, Response& response) {
    tell_leases(parts, request, response);
  });
  server.Post("/v1/explain",
              [parts](const Request& request, Response& response, const ContentReader& reader) {
                explain(parts, request, response, reader);
              });
  const auto usage = std::make_shared<UsageWatch>();
  server.Get("/metrics", [parts, usage](const Request& /*request*/, Response& response) {
    const Json services = parts.guest_services.ask({{"op", "counters"}}).value_or(Json::object());
    response.set_content(
        write_metrics(parts.control.status(), usage->read(parts.dataplane), services),
        "text/plain; version=0.0.4");
  });
  server.Get("/v1/openapi.json", [](const Request& /*request*/, Response& response) {
    response.set_content(openapi_text(), "application/json");
  });
}

}  // namespace viaduct::http
