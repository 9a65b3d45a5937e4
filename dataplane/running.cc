#include "dataplane/running.h"

#include <utility>

namespace viaduct {
namespace {

using api::Json;

constexpr api::JsonLimits remembered{.bytes = std::size_t{256} << 20, .depth = 64};

// The revision that a request tells, under `name`.
Result<std::uint64_t> revision_in(const Json& request, const char* name) {
  const auto found = request.find(name);
  if (found != request.end() && found->is_number_unsigned()) return found->get<std::uint64_t>();
  return fail(Fault::invalid, std::string{"/"} + name, "missing: a revision");
}

// The document that a request tells, or that its changes make of `document`.
Result<Document> document_in(const Json& request, std::uint64_t revision, Document document) {
  if (const auto whole = request.find("document"); whole != request.end()) {
    return read_document(*whole);
  }
  const auto changes = request.find("changes");
  if (changes == request.end()) {
    return fail(Fault::invalid, "/document", "missing: the configuration");
  }
  const std::uint64_t base = TRY(revision_in(request, "base"));
  if (base != revision) {
    return fail(Fault::stale, "/base",
                "these are changes of revision " + std::to_string(base) + ", but here is " +
                    std::to_string(revision));
  }
  TRY(api::make_changes(document, *changes));
  return document;
}

// A request that leads to `document` from any other.
std::string whole(std::uint64_t revision, const Document& document) {
  return Json{{"revision", revision}, {"document", write_document(document)}}.dump();
}

}  // namespace

Result<RunningConfiguration::Next> RunningConfiguration::read(const Json& request,
                                                              std::string text) {
  // Questions about a candidate name no revision.
  const std::uint64_t revision =
      request.contains("revision") ? TRY(revision_in(request, "revision")) : revision_;
  if (request.contains("held")) {
    auto held = std::exchange(held_, std::nullopt);
    if (held && held->revision == revision) return *std::move(held);
    directory_.rollback();
    return fail(Fault::stale, "/held", "revision " + std::to_string(revision) + " is not held");
  }
  drop();
  auto document = TRY(document_in(request, revision_, document_));
  auto next = TRY(compile(revision, std::move(document)));
  next.text = std::move(text);
  next.is_whole = request.contains("document");
  return next;
}

void RunningConfiguration::drop() {
  held_.reset();
  directory_.rollback();
}

Result<RunningConfiguration::Next> RunningConfiguration::compile(std::uint64_t revision,
                                                                 Document document) {
  auto compiled = viaduct::compile(document, directory_, largest_mtu_, compiled_);
  if (!compiled) {
    directory_.rollback();
    return tl::unexpected<Error>{compiled.error()};
  }
  return Next{revision, std::move(document), *std::move(compiled), {}, false};
}

// Where the log cannot go on, it begins anew.
Result<void> RunningConfiguration::remember(const Next& next) {
  if (next.is_whole) return log_.begin(next.text);
  if (log_.append(next.text)) return {};
  return log_.begin(whole(next.revision, next.document));
}

void RunningConfiguration::accept(Next next) {
  directory_.commit();
  revision_ = next.revision;
  document_ = std::move(next.document);
  compiled_ = std::move(next.compiled);
}

Result<RunningConfiguration::Next> RunningConfiguration::recall() {
  const auto records = TRY(log_.open());
  if (records.empty()) return fail(Fault::not_found, log_path_, "there is nothing");
  const auto replay = [&]() -> Result<Next> {
    std::uint64_t revision = 0;
    Document document;
    for (const std::string& record : records) {
      const Json request = TRY(api::parse_json(record, remembered));
      if (!request.is_object()) return fail(Fault::invalid, log_path_, "is no log of ours");
      document = TRY(document_in(request, revision, std::move(document)));
      revision = TRY(revision_in(request, "revision"));
    }
    return compile(revision, std::move(document));
  };
  auto next = replay();
  // Nothing must be appended to what is of no use.
  if (!next) log_ = RecordLog{log_path_};
  return next;
}

Result<void> RunningConfiguration::tidy() {
  if (!log_.is_long()) return {};
  return log_.begin(whole(revision_, document_));
}

std::optional<bool> RunningConfiguration::compiles_to_the_same() {
  if (held_) return std::nullopt;
  const auto fresh = viaduct::compile(document_, directory_, largest_mtu_);
  directory_.rollback();
  return fresh && have_same_tables(*fresh, compiled_);
}

}  // namespace viaduct
