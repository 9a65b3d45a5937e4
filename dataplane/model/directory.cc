#include "dataplane/model/directory.h"

#include <algorithm>
#include <utility>

namespace viaduct {

Slot Directory::slot(std::string_view name) {
  if (const auto known = slots_.find(name); known != slots_.end()) return known->second;
  Taken taken{limit(), std::nullopt};
  if (resting_.size() > resting_at_least) {
    taken.slot = resting_.front();
    resting_.pop_front();
    taken.former = std::exchange(names_[taken.slot], std::string{name});
  } else {
    names_.emplace_back(name);
  }
  slots_.emplace(names_[taken.slot], taken.slot);
  return taken_.emplace_back(std::move(taken)).slot;
}

Slot Directory::slot_again(std::string_view name) {
  if (const auto known = find(name)) return *known;
  const auto rests = std::ranges::find(resting_, name,
                                       [&](Slot slot) -> std::string_view { return names_[slot]; });
  if (rests == resting_.end()) return slot(name);
  const Slot slot = *rests;
  resting_.erase(rests);
  slots_.emplace(names_[slot], slot);
  return taken_.emplace_back(Taken{slot, std::nullopt, true}).slot;
}

std::optional<Slot> Directory::find(std::string_view name) const {
  const auto known = slots_.find(name);
  return known == slots_.end() ? std::nullopt : std::optional{known->second};
}

std::string_view Directory::name(Slot slot) const {
  return slot < names_.size() ? std::string_view{names_[slot]} : std::string_view{};
}

void Directory::commit() {
  for (const Slot slot : released_) {
    const auto known = slots_.find(names_[slot]);
    if (known == slots_.end() || known->second != slot) continue;
    slots_.erase(known);
    resting_.push_back(slot);
  }
  released_.clear();
  taken_.clear();
}

void Directory::rollback() {
  for (; !taken_.empty(); taken_.pop_back()) {
    Taken& last = taken_.back();
    slots_.erase(names_[last.slot]);
    if (last.is_again) {
      resting_.push_back(last.slot);
    } else if (last.former) {
      names_[last.slot] = *std::move(last.former);
      resting_.push_front(last.slot);
    } else {
      names_.pop_back();
    }
  }
  released_.clear();
}

}  // namespace viaduct
