#include "controlplane/http/problem.h"
#include "controlplane/http/request.h"
#include "controlplane/http/server.h"

namespace viaduct::http {
namespace {

using httplib::ContentReader;
using httplib::Request;
using httplib::Response;

constexpr std::uint64_t most_entries = 1000;

api::Json write_entry(const Entry& entry) {
  return {{"revision", entry.revision},
          {"parent", entry.parent},
          {"time", write_time(entry.time)},
          {"author", entry.author},
          {"note", entry.note}};
}

// The revision that the path names.
Result<Revision> revision_of(const Request& request) {
  const std::string digits = request.matches[1].str();
  if (digits.size() > 18) return fail(Fault::not_found, "", "there is no such revision");
  return std::stoull(digits);
}

void list(Journal& journal, const Request& request, Response& response) {
  const auto limit = read_number(request, "limit", 100, most_entries);
  if (!limit) return refuse_malformed(request, response, limit.error());
  const auto entries = journal.history(*limit);
  if (!entries) return refuse(request, response, entries.error());
  api::Json revisions = api::Json::array();
  for (const Entry& entry : *entries) revisions.push_back(write_entry(entry));
  answer(response, {{"revisions", std::move(revisions)}});
}

Result<api::Json> one(Journal& journal, const Request& request) {
  const Revision revision = TRY(revision_of(request));
  const Entry entry = TRY(journal.get(revision));
  api::Json body = write_entry(entry);
  body["changes"] = TRY(api::parse_json(entry.changes, {.bytes = std::size_t{256} << 20}));
  body["document"] = write_document(TRY(journal.document(revision)));
  return body;
}

}  // namespace

void add_history_routes(httplib::Server& server, const Parts& parts) {
  Control& control = parts.control;
  Journal& journal = parts.journal;
  server.Get("/v1/history", [&journal](const Request& request, Response& response) {
    list(journal, request, response);
  });
  server.Get(R"(/v1/history/(\d+))", [&journal](const Request& request, Response& response) {
    const auto entry = one(journal, request);
    if (!entry) return refuse(request, response, entry.error());
    answer(response, *entry);
  });
  server.Post(R"(/v1/rollback/(\d+))", [&control](const Request& request, Response& response,
                                                  const ContentReader& /*reader*/) {
    const auto terms = read_terms(request, "");
    if (!terms) return refuse_malformed(request, response, terms.error());
    const auto revision = revision_of(request);
    if (!revision) return refuse(request, response, revision.error());
    const auto changed = control.rollback(*revision, *terms);
    if (!changed) return refuse(request, response, changed.error());
    answer_change(response, *changed);
  });
  server.Post("/v1/confirm", [&control](const Request& request, Response& response,
                                        const ContentReader& /*reader*/) {
    const auto confirmed = control.confirm();
    if (!confirmed) return refuse(request, response, confirmed.error());
    answer_change(response, *confirmed);
  });
}

}  // namespace viaduct::http
