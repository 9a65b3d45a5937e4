#include <spdlog/spdlog.h>

#include "controlplane/control.h"

// What Control does by itself, without being asked for a change.
namespace viaduct {

void Control::attend() {
  expire_confirmation();
  if (note(dataplane_.ask({{"op", "hello"}}))) deliver();
  mend_kernel();
}

void Control::mend_kernel() {
  if (status().kernel_problem.empty()) return;
  const std::scoped_lock lock{one_at_a_time_};
  converge(desired()->compiled);
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
  known.revision = hello->value("revision", Revision{0});
  const bool is_behind =
      desired_->revision != 0 && (is_another || known.revision != desired_->revision);
  if (!is_behind) known.problem.clear();
  return is_behind;
}

void Control::deliver() {
  const std::scoped_lock lock{one_at_a_time_};
  const auto current = desired();
  const std::string problem_before = status().dataplane.problem;
  if (auto prepared = kernel_.prepare(current->compiled); !prepared) {
    spdlog::warn("kernel: {}", told(prepared.error()));
  }
  const auto applied = apply(current->revision, write_document(current->document));
  if (applied) {
    spdlog::info("the data plane has revision {}", current->revision);
    converge(current->compiled);
  } else if (told(applied.error()) != problem_before) {
    spdlog::error("revision {} is not applied: {}", current->revision, told(applied.error()));
  }
}

void Control::expire_confirmation() {
  const std::scoped_lock lock{one_at_a_time_};
  const auto pending = status().confirmation;
  if (!pending || options_.now() <= pending->deadline) return;
  spdlog::warn("revision {} was not confirmed in time; back to revision {}", pending->revision,
               pending->restore);
  const auto restore = [&](Document& next) -> Result<void> {
    next = TRY(document_of(pending->restore));
    return {};
  };
  const Terms terms{.author = "viaductd", .note = "not confirmed in time"};
  if (auto restored = change_locked(restore, terms); !restored) {
    spdlog::error("cannot go back to revision {}: {}", pending->restore, told(restored.error()));
  }
}

}  // namespace viaduct
