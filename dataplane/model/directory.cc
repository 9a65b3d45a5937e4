#include "dataplane/model/directory.h"

namespace viaduct {

Slot Directory::slot(std::string_view name) {
  if (const auto known = slots_.find(name); known != slots_.end()) {
    used_[known->second] = true;
    return known->second;
  }
  Slot slot = limit();
  if (resting_.size() > resting_at_least) {
    slot = resting_.front();
    resting_.pop_front();
    names_[slot] = name;
    used_[slot] = true;
  } else {
    names_.emplace_back(name);
    used_.push_back(true);
  }
  slots_.emplace(name, slot);
  return slot;
}

std::optional<Slot> Directory::find(std::string_view name) const {
  const auto known = slots_.find(name);
  return known == slots_.end() ? std::nullopt : std::optional{known->second};
}

std::string_view Directory::name(Slot slot) const {
  return slot < names_.size() ? std::string_view{names_[slot]} : std::string_view{};
}

void Directory::release_unused() {
  for (auto it = slots_.begin(); it != slots_.end();) {
    const Slot slot = it->second;
    if (used_[slot]) {
      used_[slot] = false;
      ++it;
    } else {
      resting_.push_back(slot);
      it = slots_.erase(it);
    }
  }
}

}  // namespace viaduct
