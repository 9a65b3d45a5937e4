#include "base/interrupt.h"

#include <atomic>
#include <csignal>

namespace viaduct {
namespace {

std::atomic<bool> was_interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void note_interrupt(int /*signal*/) {
  was_interrupted.store(true, std::memory_order_relaxed);
}

}  // namespace

void watch_interrupts() {
  struct sigaction action {};
  action.sa_handler = note_interrupt;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) (void)sigaction(signal, &action, nullptr);
  // A child that ended early must not take us with it.
  action.sa_handler = SIG_IGN;
  (void)sigaction(SIGPIPE, &action, nullptr);
}

bool interrupted() noexcept {
  return was_interrupted.load(std::memory_order_relaxed);
}

Result<void> check_interrupts() {
  if (!interrupted()) return {};
  return fail(Fault::unavailable, "", "interrupted");
}

}  // namespace viaduct
