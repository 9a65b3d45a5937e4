#include "controlplane/http/problem.h"

#include "api/error.h"

namespace viaduct::http {
namespace {

std::string_view title_of(int status) {
  switch (status) {
    case 400:
      return "The request cannot be read";
    case 403:
      return "Not allowed";
    case 404:
      return "Not found";
    case 405:
      return "Not done to this";
    case 409:
      return "Conflict";
    case 412:
      return "Written against another revision";
    case 413:
      return "Too large";
    case 422:
      return "The document would not be valid";
    case 500:
      return "A part of the appliance failed";
    case 503:
      return "A part of the appliance does not answer";
    case 507:
      return "A resource of the appliance has run out";
    default:
      return "The request failed";
  }
}

void write_problem(const httplib::Request& request, httplib::Response& response, int status,
                   const Error& error) {
  api::Json body = {{"type", "about:blank"},
                    {"title", title_of(status)},
                    {"status", status},
                    {"detail", error.why},
                    {"instance", request.path}};
  if (!error.where.empty()) body["pointer"] = error.where;
  response.status = status;
  response.set_content(to_text(body), "application/problem+json");
}

}  // namespace

int status_of(Fault fault) {
  switch (fault) {
    case Fault::malformed:
      return 400;
    case Fault::invalid:
      return 422;
    case Fault::not_found:
      return 404;
    case Fault::conflict:
      return 409;
    case Fault::stale:
      return 412;
    case Fault::too_large:
      return 413;
    case Fault::exhausted:
      return 507;
    case Fault::unavailable:
      return 503;
    case Fault::failed:
      return 500;
    case Fault::unauthorized:
      return 403;
  }
  return 500;
}

void refuse(const httplib::Request& request, httplib::Response& response, const Error& error) {
  write_problem(request, response, status_of(error.fault), error);
}

void refuse_malformed(const httplib::Request& request, httplib::Response& response,
                      const Error& error) {
  const Fault fault = error.fault == Fault::invalid ? Fault::malformed : error.fault;
  write_problem(request, response, status_of(fault), error);
}

void refuse_status(const httplib::Request& request, httplib::Response& response, int status) {
  const std::string why = status == 404 ? "there is no " + request.method + " " + request.path
                                        : "the request was not understood";
  write_problem(request, response, status, {Fault::invalid, "", why});
}

void refuse_method(const httplib::Request& request, httplib::Response& response,
                   const std::string& allowed) {
  response.set_header("Allow", allowed);
  write_problem(
      request, response, 405,
      {Fault::invalid, "", request.path + " takes " + allowed + ", not " + request.method});
}

std::string to_text(const api::Json& json) {
  return json.dump(-1, ' ', false, api::Json::error_handler_t::replace);
}

void answer(httplib::Response& response, const api::Json& body) {
  response.set_content(to_text(body), "application/json");
}

void set_revision(httplib::Response& response, std::uint64_t revision) {
  response.set_header("ETag", "\"" + std::to_string(revision) + "\"");
}

void answer_change(httplib::Response& response, const api::Json& change) {
  set_revision(response, change.value("revision", std::uint64_t{0}));
  answer(response, change);
}

}  // namespace viaduct::http
