#include "dataplane/helper/adjustments.h"

#include <algorithm>

namespace viaduct::helper {
namespace {

// Sequence numbers wrap (RFC 9293 3.4).
bool is_after(std::uint32_t a, std::uint32_t b) noexcept {
  return static_cast<std::int32_t>(a - b) > 0;
}

std::uint32_t add(std::uint32_t number, std::int32_t shift) noexcept {
  return number + static_cast<std::uint32_t>(shift);
}

}  // namespace

void Shift::note(std::uint32_t sequence, std::int32_t growth) noexcept {
  const bool is_known = count_ != 0 && !is_after(sequence, steps_[count_ - 1].at);
  if (is_known || growth == 0) return;
  const std::int32_t before = count_ == 0 ? 0 : steps_[count_ - 1].after;
  if (count_ == kept) {
    std::shift_left(steps_.begin(), steps_.end(), 1);
    --count_;
  }
  steps_[count_++] = {sequence, before, before + growth};
}

std::uint32_t Shift::of_sequence(std::uint32_t sequence) const noexcept {
  for (std::size_t i = count_; i != 0; --i) {
    if (is_after(sequence, steps_[i - 1].at)) return add(sequence, steps_[i - 1].after);
  }
  return count_ == 0 ? sequence : add(sequence, steps_[0].before);
}

std::uint32_t Shift::of_acknowledgement(std::uint32_t number) const noexcept {
  for (std::size_t i = count_; i != 0; --i) {
    const Step& step = steps_[i - 1];
    if (!is_after(number, add(step.at, step.before))) continue;
    // In the middle of what was changed: nothing of it has arrived, as its sender knows it.
    const std::uint32_t sent = add(number, -step.after);
    return is_after(sent, step.at) ? sent : step.at;
  }
  return count_ == 0 ? number : add(number, -steps_[0].before);
}

Adjustments::Connection* Adjustments::find(std::uint32_t session) noexcept {
  for (Connection& each : connections_[session % sets]) {
    if (each.is_used && each.session == session) return &each;
  }
  return nullptr;
}

Adjustments::Connection* Adjustments::make(std::uint32_t session) noexcept {
  auto& set = connections_[session % sets];
  const auto free = std::ranges::find(set, false, &Connection::is_used);
  if (free == set.end()) return nullptr;
  *free = {.session = session, .is_used = true, .forward = {}, .reply = {}};
  return &*free;
}

}  // namespace viaduct::helper
