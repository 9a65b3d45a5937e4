#include "dataplane/source_nat/holes.h"

#include <algorithm>

namespace viaduct::source_nat {

void Holes::punch(const Attempt& attempt, flow::Ticks now) noexcept {
  const std::uint64_t key = key_of(attempt);
  Set& set = set_of(key);
  const std::scoped_lock lock{set.lock};
  const auto same = std::ranges::find(set.all, key, &Hole::key);
  Hole& place =
      same != set.all.end() ? *same : *std::ranges::max_element(set.all, {}, [&](const Hole& hole) {
        return hole.key == 0 ? ~flow::Ticks{0} : now - hole.since;
      });
  place = {key, now};
}

bool Holes::is_open(const Attempt& attempt, flow::Ticks now) noexcept {
  const std::uint64_t key = key_of(attempt);
  Set& set = set_of(key);
  const std::scoped_lock lock{set.lock};
  return std::ranges::any_of(
      set.all, [&](const Hole& hole) { return hole.key == key && !is_old(hole, now); });
}

}  // namespace viaduct::source_nat
