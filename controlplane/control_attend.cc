#include <spdlog/spdlog.h>

#include "controlplane/control.h"

// What Control does by itself, without being asked for a change.
namespace viaduct {

void Control::attend() {
  expire_confirmation();
  if (note(dataplane_.ask({{"op", "hello"}}))) deliver();
  mend_kernel();
}

// A namespace may be deleted, its guard be flushed or its settings be changed behind our back.
void Control::mend_kernel() {
  const bool looks_closer = ++round_ % rounds_between_looks == 0;
  const bool has_problem = !status().kernel_problem.empty();
  if (!has_problem && !looks_closer) return;
  const std::scoped_lock lock{one_at_a_time_};
  const auto current = desired();
  if (kernel_.is_prepared(current->compiled)) {
    if (has_problem) converge(current->compiled);
  } else if (looks_closer && mending_.is_due(current->revision)) {
    prepare_again(current->compiled);
  }
}

void Control::prepare_again(const Configuration& configuration) {
  const auto prepared = kernel_.prepare(configuration);
  const auto converged = kernel_.converge(configuration);
  note_kernel(prepared ? converged : prepared);
  if (kernel_.is_prepared(configuration)) {
    mending_.succeeded();
    spdlog::warn("somebody changed the routers' namespaces; they are as they should be again");
  } else if (mending_.failed("somebody changed the routers' namespaces")) {
    spdlog::error("somebody changed the routers' namespaces, and it cannot be undone");
  }
}

bool Control::note(const Result<api::Json>& hello) {
  const std::scoped_lock moment{guard_};
  Status::Dataplane& known = status_.dataplane;
  const bool was_up = std::exchange(known.is_up, hello.has_value());
  if (!hello) {
    if (was_up) spdlog::warn("{}", hello.error().why);
    known.problem = hello.error().why;
    return false;
  }
  const auto started_at = hello->value("started_at", std::int64_t{0});
  const bool is_another = std::exchange(known.started_at, started_at) != started_at;
  if (is_another) delivery_ = Retry{};
  known.revision = hello->value("revision", Revision{0});
  const bool is_behind =
      desired_->revision != 0 && (is_another || known.revision != desired_->revision);
  if (!is_behind) known.problem.clear();
  return is_behind;
}

void Control::deliver() {
  const std::scoped_lock lock{one_at_a_time_};
  const auto current = desired();
  if (!delivery_.is_due(current->revision)) return;
  if (auto prepared = kernel_.prepare(current->compiled); !prepared) {
    spdlog::warn("kernel: {}", told(prepared.error()));
  }
  const auto applied = apply(*current);
  if (applied) {
    spdlog::info("the data plane has revision {}", current->revision);
    delivery_.succeeded();
    converge(current->compiled);
  } else if (delivery_.failed(told(applied.error()))) {
    spdlog::error("revision {} is not applied: {}", current->revision, told(applied.error()));
  }
}

void Control::expire_confirmation() {
  const std::scoped_lock lock{one_at_a_time_};
  const auto pending = status().confirmation;
  if (!pending || options_.now() <= pending->deadline || !expiry_.is_due(pending->revision)) return;
  const auto restore = [&](Document& next) -> Result<void> {
    next = TRY(journal_.document(pending->restore));
    return {};
  };
  const Terms terms{.author = "viaductd", .note = "not confirmed in time", .is_owed = true};
  if (const auto restored = change_locked(restore, terms)) {
    spdlog::warn("revision {} was not confirmed in time; back to revision {}", pending->revision,
                 pending->restore);
  } else if (expiry_.failed(told(restored.error()))) {
    spdlog::error("revision {} was not confirmed in time, but there is no way back to {}: {}",
                  pending->revision, pending->restore, told(restored.error()));
  }
}

}  // namespace viaduct
