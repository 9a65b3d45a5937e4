#include "controlplane/control.h"

#include <spdlog/spdlog.h>

#include "dataplane/document_path.h"

namespace viaduct {
namespace {

using api::Json;

class Stopwatch {
 public:
  // Microseconds since the last call.
  std::int64_t lap() {
    const auto now = std::chrono::steady_clock::now();
    const auto passed = now - std::exchange(last_, now);
    return std::chrono::duration_cast<std::chrono::microseconds>(passed).count();
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

// So many changes are made and sent one by one; of more, the whole document is quicker.
constexpr std::size_t few = 1000;

// What the data plane is told when it is to have all.
Json whole(std::string_view op, const Desired& next) {
  return {{"op", op}, {"revision", next.revision}, {"document", write_document(next.document)}};
}

// The compiler points at either of two resources that contradict each other; who changes just one
// wants to read of that one.
Error told_of_change(const Error& error, const std::vector<ResourceChange>& changes) {
  if (error.fault != Fault::conflict || changes.size() != 1) return error;
  const std::string& changed = changes.front().path;
  if (error.where == changed || error.where.starts_with(changed + "/")) return error;
  return {error.fault, changed, "contradicts " + error.where + ": " + error.why};
}

}  // namespace

Result<std::unique_ptr<Control>> Control::open(Journal& journal, Dataplane& dataplane,
                                               Kernel& kernel, Options options) {
  std::unique_ptr<Control> control{new Control{journal, dataplane, kernel, std::move(options)}};
  TRY(control->load());
  return control;
}

Result<void> Control::load() {
  status_.started_at = options_.now();
  status_.confirmation = TRY(journal_.confirmation());
  const auto latest = TRY(journal_.latest());
  if (!latest) return {};
  auto document = TRY(journal_.document(latest->revision));
  auto compiled = compile(document, directory_, options_.largest_mtu);
  if (!compiled) {
    return fail(compiled.error().fault, compiled.error().where,
                "revision " + std::to_string(latest->revision) +
                    " in the journal does not fit together any more: " + compiled.error().why);
  }
  directory_.commit();
  const std::size_t bytes = write_document(document).dump().size();
  desired_ = std::make_shared<const Desired>(
      Desired{latest->revision, std::move(document), *std::move(compiled), bytes});
  status_.revision = latest->revision;
  if (const auto prepared = kernel_.prepare(desired_->compiled); !prepared) {
    status_.kernel_problem = told(prepared.error());
  }
  return {};
}

Result<Json> Control::change(const Edit& edit, const Terms& terms) {
  const std::scoped_lock lock{one_at_a_time_};
  if (auto answer = TRY(repeated(terms))) return *std::move(answer);
  if (const auto pending = status().confirmation; pending && !terms.dry_run) {
    return fail(Fault::conflict, "",
                "revision " + std::to_string(pending->revision) +
                    " waits for confirmation; confirm it or roll back first");
  }
  return counted(change_locked(edit, terms), terms);
}

Result<Json> Control::rollback(Revision to, const Terms& terms) {
  const std::scoped_lock lock{one_at_a_time_};
  if (auto answer = TRY(repeated(terms))) return *std::move(answer);
  const auto restore = [&](Document& next) -> Result<void> {
    next = TRY(journal_.document(to));
    return {};
  };
  return counted(change_locked(restore, terms), terms);
}

Result<Json> Control::counted(Result<Json> answer, const Terms& terms) {
  const std::scoped_lock moment{guard_};
  if (!terms.dry_run) ++(answer ? status_.accepted : status_.refused);
  return answer;
}

Result<Json> Control::confirm() {
  const std::scoped_lock lock{one_at_a_time_};
  const auto pending = status().confirmation;
  if (!pending) return fail(Fault::not_found, "", "no change waits for confirmation");
  TRY(journal_.confirm());
  const std::scoped_lock moment{guard_};
  status_.confirmation.reset();
  return Json{{"revision", pending->revision}, {"confirmed", true}};
}

Result<std::optional<Json>> Control::repeated(const Terms& terms) {
  if (terms.idempotency_key.empty() || terms.dry_run) return std::nullopt;
  const auto known = TRY(journal_.answer(terms.idempotency_key, options_.now()));
  if (!known) return std::nullopt;
  if (known->request != terms.request) {
    return fail(Fault::conflict, "", "this idempotency key came with another request before");
  }
  return TRY(api::parse_json(known->answer, {.bytes = std::size_t{256} << 20, .depth = 64}));
}

Result<Json> Control::change_locked(const Edit& edit, const Terms& terms) {
  const Revision current = desired()->revision;
  if (terms.if_revision && *terms.if_revision != current) {
    return fail(Fault::stale, "",
                "written against revision " + std::to_string(*terms.if_revision) +
                    ", but the current one is " + std::to_string(current));
  }
  Attempt attempt = TRY(validate(edit));
  if (terms.dry_run) {
    directory_.rollback();
    return preview(attempt);
  }
  auto answer = attempt.changes.empty() && !status().confirmation
                    ? acknowledge(attempt, terms)
                    : commit(std::move(attempt), terms);
  if (answer) {
    directory_.commit();
  } else {
    directory_.rollback();
  }
  return answer;
}

Result<Control::Attempt> Control::validate(const Edit& edit) {
  Stopwatch watch;
  const auto before = desired();
  Attempt attempt;
  attempt.next = std::make_shared<Desired>();
  Desired& next = *attempt.next;
  next.revision = before->revision + 1;
  next.document = before->document;
  TRY(edit(next.document));
  attempt.timing.validate = watch.lap();
  const auto changes = plan(before->document, next.document);
  attempt.changes = write_changes(changes);
  attempt.timing.plan = watch.lap();
  if (changes.size() <= few) {
    // What was sent as a whole shares nothing with what we have; this does.
    next.document = before->document;
    TRY(make_changes(next.document, attempt.changes));
  }
  auto compiled = compile(next.document, directory_, options_.largest_mtu, before->compiled);
  if (!compiled) {
    directory_.rollback();
    return tl::unexpected<Error>{told_of_change(compiled.error(), changes)};
  }
  next.compiled = *std::move(compiled);
  attempt.timing.validate += watch.lap();
  return attempt;
}

Result<Json> Control::preview(const Attempt& attempt) {
  Json answer = {
      {"revision", desired()->revision}, {"changes", attempt.changes}, {"sessions", nullptr}};
  const auto impact =
      dataplane_.ask({{"op", "impact"}, {"document", write_document(attempt.next->document)}});
  if (impact) {
    answer["sessions"] = {{"live", impact->value("live", 0U)}, {"cut", impact->value("cut", 0U)}};
  } else if (impact.error().fault != Fault::unavailable) {
    return tl::unexpected<Error>{impact.error()};
  }
  return answer;
}

// The answer to a change that changes nothing.
Result<Json> Control::acknowledge(const Attempt& attempt, const Terms& terms) {
  const Revision current = desired()->revision;
  Json answer = {{"revision", current},
                 {"changes", Json::array()},
                 {"timing_us", write_timing(attempt.timing)},
                 {"applied", status().dataplane.revision == current}};
  if (!terms.idempotency_key.empty()) {
    const StoredAnswer stored{terms.idempotency_key, terms.request, answer.dump()};
    TRY(journal_.keep_answer(stored, options_.now()));
  }
  return answer;
}

Result<Json> Control::commit(Attempt attempt, const Terms& terms) {
  Stopwatch watch;
  const auto before = desired();
  const auto pending = status().confirmation;
  Json answer = {{"revision", attempt.next->revision},
                 {"changes", std::move(attempt.changes)},
                 {"applied", false}};
  const bool is_held = TRY(hold(*attempt.next, answer["changes"]));
  attempt.timing.validate += watch.lap();
  if (auto prepared = kernel_.prepare(attempt.next->compiled); !prepared) {
    converge(before->compiled);
    return tl::unexpected<Error>{prepared.error()};
  }
  attempt.timing.kernel = watch.lap();
  if (auto recorded = record(attempt, terms, answer); !recorded) {
    converge(before->compiled);
    return tl::unexpected<Error>{recorded.error()};
  }
  attempt.timing.journal = watch.lap();
  const auto applied =
      is_held ? apply_held(*attempt.next) : apply(*attempt.next, answer["changes"]);
  attempt.timing.apply = watch.lap();
  if (!applied && applied.error().fault != Fault::unavailable && !terms.is_owed) {
    take_back(*before, attempt.next->document, pending, terms, applied.error());
    return tl::unexpected<Error>{applied.error()};
  }
  converge(attempt.next->compiled);
  attempt.timing.kernel += watch.lap();
  answer["applied"] = applied.has_value();
  answer["timing_us"] = write_timing(attempt.timing);
  if (applied && applied->contains("ports")) answer["ports"] = (*applied)["ports"];
  {
    const std::scoped_lock moment{guard_};
    status_.revision = attempt.next->revision;
    status_.last_change = attempt.timing;
    desired_ = std::move(attempt.next);
  }
  if (!terms.idempotency_key.empty()) {
    const StoredAnswer stored{terms.idempotency_key, terms.request, answer.dump()};
    if (auto kept = journal_.replace_answer(stored); !kept) spdlog::warn("{}", kept.error().why);
  }
  return answer;
}

Result<void> Control::record(const Attempt& attempt, const Terms& terms, const Json& answer) {
  const WallTime now = options_.now();
  const Revision parent = desired()->revision;
  const Entry entry{.revision = attempt.next->revision,
                    .parent = parent,
                    .time = now,
                    .author = terms.author,
                    .note = terms.note,
                    .changes = answer["changes"].dump()};
  // What cannot be read back must not be written. It is measured only when it may be too large.
  std::size_t& bytes = attempt.next->bytes;
  bytes = desired()->bytes + entry.changes.size();
  if (bytes > api::JsonLimits{}.bytes) bytes = write_document(attempt.next->document).dump().size();
  if (bytes > api::JsonLimits{}.bytes) {
    return fail(
        Fault::too_large, "",
        "the document would be larger than " + std::to_string(api::JsonLimits{}.bytes) + " bytes");
  }
  std::optional<Confirmation> confirmation;
  if (terms.confirm_within) {
    // What nobody has confirmed yet must not become what is restored.
    const auto pending = status().confirmation;
    confirmation = {attempt.next->revision, pending ? pending->restore : parent,
                    now + *terms.confirm_within};
  }
  std::optional<StoredAnswer> stored;
  if (!terms.idempotency_key.empty()) {
    stored = {terms.idempotency_key, terms.request, answer.dump()};
  }
  auto written = journal_.append(entry, attempt.next->document, confirmation, stored);
  const std::scoped_lock moment{guard_};
  if (!written) {
    ++status_.journal_failures;
    return written;
  }
  status_.confirmation = confirmation;
  return {};
}

// The data plane compiles with the code that validated, so it lacks memory or disk, or has a
// defect.
void Control::take_back(const Desired& before, const Document& refused,
                        std::optional<Confirmation> pending, const Terms& terms,
                        const Error& refusal) {
  spdlog::error("revision {} is taken back, the data plane refused it: {}", before.revision + 1,
                told(refusal));
  const Entry entry{.revision = before.revision + 2,
                    .parent = before.revision + 1,
                    .time = options_.now(),
                    .author = "viaductd",
                    .note = "the data plane refused: " + told(refusal),
                    .changes = write_changes(plan(refused, before.document)).dump()};
  // Who was waited for before is waited for still.
  if (pending) pending->revision = entry.revision;
  const auto undone = journal_.append(entry, before.document, pending, std::nullopt);
  if (!undone) {
    spdlog::critical("a refused revision stays in the journal: {}", undone.error().why);
  }
  if (auto forgotten = journal_.forget_answer(terms.idempotency_key); !forgotten) {
    spdlog::warn("{}", forgotten.error().why);
  }
  auto restored = std::make_shared<Desired>(before);
  restored->revision = entry.revision;
  converge(before.compiled);
  const std::scoped_lock moment{guard_};
  status_.revision = entry.revision;
  if (!undone) ++status_.refusals_left_behind;
  status_.confirmation = pending;
  desired_ = std::move(restored);
}

// Tells the data plane what has changed, if that is little and it has what we had before; else all.
Result<Json> Control::apply(const Desired& next, const Json& changes) {
  const Revision base = next.revision - 1;
  const Status::Dataplane known = status().dataplane;
  if (changes.size() > few || !known.is_up || known.revision != base) return apply(next);
  auto answer =
      tell({{"op", "apply"}, {"revision", next.revision}, {"base", base}, {"changes", changes}},
           next.revision);
  if (!answer && answer.error().fault == Fault::stale) return apply(next);
  return answer;
}

// Much is sent before it is journalled, so that little is left to do from then on. Says whether the
// data plane holds it.
Result<bool> Control::hold(const Desired& next, const Json& changes) {
  if (changes.size() <= few) return false;
  const auto held = dataplane_.ask(whole("hold", next));
  if (held) return true;
  if (held.error().fault == Fault::unavailable) return false;
  return tl::unexpected<Error>{held.error()};
}

Result<Json> Control::apply_held(const Desired& next) {
  auto answer = tell({{"op", "apply"}, {"revision", next.revision}, {"held", true}}, next.revision);
  if (!answer && answer.error().fault == Fault::stale) return apply(next);
  return answer;
}

Result<Json> Control::apply(const Desired& next) {
  return tell(
      {{"op", "apply"}, {"revision", next.revision}, {"document", write_document(next.document)}},
      next.revision);
}

Result<Json> Control::tell(const Json& question, Revision revision) {
  auto answer = dataplane_.ask(question);
  const std::scoped_lock moment{guard_};
  status_.dataplane.problem = answer ? "" : told(answer.error());
  if (answer) {
    status_.dataplane.is_up = true;
    status_.dataplane.revision = revision;
  }
  return answer;
}

void Control::converge(const Configuration& configuration) {
  note_kernel(kernel_.converge(configuration));
}

void Control::note_kernel(const Result<void>& outcome) {
  const std::string problem = outcome ? "" : told(outcome.error());
  const std::scoped_lock moment{guard_};
  if (problem != status_.kernel_problem && !problem.empty()) spdlog::warn("kernel: {}", problem);
  status_.kernel_problem = problem;
}

std::shared_ptr<const Desired> Control::desired() const {
  const std::scoped_lock moment{guard_};
  return desired_;
}

Status Control::status() const {
  const std::scoped_lock moment{guard_};
  return status_;
}

}  // namespace viaduct
