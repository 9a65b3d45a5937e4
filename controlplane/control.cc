#include "controlplane/control.h"

#include <spdlog/spdlog.h>

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

Delivery::Part packet_path_part(const Desired& desired) {
  return {.revision = desired.revision,
          .whole = [&desired] { return write_document(desired.documents.packet_path); }};
}

Delivery::Part guest_part(const Desired& desired) {
  return {.revision = desired.revision,
          .whole = [&desired] { return api::write_document(desired.documents.guests); }};
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

Result<std::unique_ptr<Control>> Control::open(const Parts& parts, Options options) {
  std::unique_ptr<Control> control{new Control{parts, std::move(options)}};
  TRY(control->load());
  return control;
}

Result<void> Control::load() {
  status_.started_at = options_.now();
  status_.confirmation = TRY(journal_.confirmation());
  const auto latest = TRY(journal_.latest());
  if (!latest) return {};
  auto document = TRY(journal_.document(latest->revision));
  Documents documents = derive(std::move(document));
  auto compiled = compile(documents.packet_path, directory_, options_.largest_mtu);
  if (!compiled) {
    return fail(compiled.error().fault, compiled.error().where,
                "revision " + std::to_string(latest->revision) +
                    " in the journal does not fit together any more: " + compiled.error().why);
  }
  directory_.commit();
  const std::size_t bytes = write_document(documents.whole).dump().size();
  desired_ = std::make_shared<const Desired>(
      Desired{latest->revision, std::move(documents), *std::move(compiled), bytes});
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
  const auto restore = [&](ApplianceDocument& next) -> Result<void> {
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
  ApplianceDocument document = before->documents.whole;
  TRY(edit(document));
  attempt.timing.validate = watch.lap();
  const auto changes = plan(before->documents.whole, document);
  attempt.changes = write_changes(changes);
  attempt.are_few = changes.size() <= few;
  // What was sent as a whole shares nothing with what we have; this does.
  if (attempt.are_few) document = before->documents.whole;
  for (const ResourceChange& change : changes) {
    if (change.secret) attempt.secrets[change.path] = change.secret->text();
    if (attempt.are_few || change.secret) TRY(make(change, document));
  }
  next.documents = derive(std::move(document), before->documents);
  if (attempt.are_few) {
    attempt.packet_path_changes =
        write_changes(plan(before->documents.packet_path, next.documents.packet_path));
    attempt.guest_changes = write_changes(plan(before->documents.guests, next.documents.guests));
  }
  attempt.timing.plan = watch.lap();
  auto compiled =
      compile(next.documents.packet_path, directory_, options_.largest_mtu, before->compiled);
  const auto fits =
      compiled ? check(next.documents.guests, before->documents.guests) : Result<void>{};
  if (!compiled || !fits) {
    directory_.rollback();
    return tl::unexpected<Error>{
        told_of_change(compiled ? fits.error() : compiled.error(), changes)};
  }
  next.compiled = *std::move(compiled);
  attempt.timing.validate += watch.lap();
  return attempt;
}

Result<Json> Control::preview(const Attempt& attempt) {
  Json answer = {
      {"revision", desired()->revision}, {"changes", attempt.changes}, {"sessions", nullptr}};
  const auto impact = dataplane_.ask(
      {{"op", "impact"}, {"document", write_document(attempt.next->documents.packet_path)}});
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
                 {"applied", packet_path_.status().revision == current},
                 {"served", guests_.status().revision == current}};
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
  TRY(check_secrets(attempt));
  Delivery::Part part = packet_path_part(*attempt.next);
  if (attempt.are_few) part.changes = &attempt.packet_path_changes;
  const bool is_held = attempt.are_few ? false : TRY(packet_path_.hold(part));
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
  const auto applied = is_held ? packet_path_.apply_held(part) : packet_path_.apply(part);
  attempt.timing.apply = watch.lap();
  if (!applied && applied.error().fault != Fault::unavailable && !terms.is_owed) {
    take_back(*before, attempt.next->documents.whole, pending, terms, applied.error());
    return tl::unexpected<Error>{applied.error()};
  }
  converge(attempt.next->compiled);
  attempt.timing.kernel += watch.lap();
  Delivery::Part guests = guest_part(*attempt.next);
  if (attempt.are_few) guests.changes = &attempt.guest_changes;
  guests.secrets = std::move(attempt.secrets);
  const auto served = guests_.apply(guests);
  if (!served && served.error().fault != Fault::unavailable) {
    spdlog::error("viaduct-guestd does not take revision {}: {}", guests.revision,
                  told(served.error()));
  }
  attempt.timing.guest_services = watch.lap();
  answer["applied"] = applied.has_value();
  answer["served"] = served.has_value();
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

// Nobody but its memory keeps them: what was acknowledged would be lost.
Result<void> Control::check_secrets(const Attempt& attempt) {
  if (attempt.secrets.empty()) return {};
  const auto hello = guest_services_.ask({{"op", "hello"}});
  if (hello) return {};
  return fail(Fault::unavailable, attempt.secrets.items().begin().key(), hello.error().why);
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
  if (bytes > api::JsonLimits{}.bytes) {
    bytes = write_document(attempt.next->documents.whole).dump().size();
  }
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
  auto written = journal_.append(entry, attempt.next->documents.whole, confirmation, stored);
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
void Control::take_back(const Desired& before, const ApplianceDocument& refused,
                        std::optional<Confirmation> pending, const Terms& terms,
                        const Error& refusal) {
  spdlog::error("revision {} is taken back, the data plane refused it: {}", before.revision + 1,
                told(refusal));
  const Entry entry{.revision = before.revision + 2,
                    .parent = before.revision + 1,
                    .time = options_.now(),
                    .author = "viaductd",
                    .note = "the data plane refused: " + told(refusal),
                    .changes = write_changes(plan(refused, before.documents.whole)).dump()};
  // Who was waited for before is waited for still.
  if (pending) pending->revision = entry.revision;
  const auto undone = journal_.append(entry, before.documents.whole, pending, std::nullopt);
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
  Status status = status_;
  status.dataplane = packet_path_.status();
  status.guest_services = guests_.status();
  return status;
}

}  // namespace viaduct
