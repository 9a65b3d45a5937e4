#include <spdlog/spdlog.h>

#include "controlplane/control.h"

// What Control does by itself, without being asked for a change.
namespace viaduct {

void Control::attend() {
  expire_confirmation();
  if (packet_path_.greet(desired()->revision)) deliver();
  if (guests_.greet(desired()->revision)) deliver_guests();
  mend_kernel();
  tidy_journal();
}

// Here, so that no change waits for it.
void Control::tidy_journal() {
  const std::scoped_lock lock{one_at_a_time_};
  const auto current = desired();
  if (!tidying_.is_due(current->revision)) return;
  const auto tidied = journal_.tidy(current->revision, current->documents.whole);
  if (tidied) {
    tidying_.succeeded();
  } else if (tidying_.failed(told(tidied.error()))) {
    spdlog::warn("the journal cannot be tidied: {}", told(tidied.error()));
  }
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

void Control::deliver() {
  const std::scoped_lock lock{one_at_a_time_};
  const auto current = desired();
  if (auto prepared = kernel_.prepare(current->compiled); !prepared) {
    spdlog::warn("kernel: {}", told(prepared.error()));
  }
  const bool is_done =
      packet_path_.deliver({.revision = current->revision, .whole = [&] {
                              return write_document(current->documents.packet_path);
                            }});
  if (is_done) converge(current->compiled);
}

void Control::deliver_guests() {
  const std::scoped_lock lock{one_at_a_time_};
  const auto current = desired();
  guests_.deliver({.revision = current->revision,
                   .whole = [&] { return api::write_document(current->documents.guests); }});
}

void Control::expire_confirmation() {
  const std::scoped_lock lock{one_at_a_time_};
  const auto pending = status().confirmation;
  if (!pending || options_.now() <= pending->deadline || !expiry_.is_due(pending->revision)) return;
  const auto restore = [&](ApplianceDocument& next) -> Result<void> {
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
