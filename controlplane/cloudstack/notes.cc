#include "controlplane/cloudstack/notes.h"

#include <algorithm>
#include <array>

namespace viaduct::cloudstack {
namespace {

constexpr std::array<std::string_view, 4> words{"not_applied", "waits", "ignored", "odd"};

}  // namespace

Notes::Said* Notes::find(Note note, std::string_view type, std::string_view why) {
  const auto found = std::ranges::find_if(all_, [&](const Said& said) {
    return said.note == note && said.type == type && said.why == why;
  });
  if (found != all_.end()) return &*found;
  if (all_.size() == most) return nullptr;
  return &all_.emplace_back(Said{note, std::string{type}, std::string{why}});
}

void Notes::add(Note note, std::string_view type, std::string_view about, std::string_view why) {
  Said* const said = find(note, type, why);
  if (said == nullptr) return;
  ++said->count;
  if (said->about.size() < most_examples) said->about.emplace_back(about);
}

void Notes::append(const Notes& others) {
  for (const Said& other : others.all_) {
    Said* const said = find(other.note, other.type, other.why);
    if (said == nullptr) return;
    said->count += other.count;
    for (const std::string& about : other.about) {
      if (said->about.size() < most_examples) said->about.push_back(about);
    }
  }
}

api::Json Notes::to_json() const {
  api::Json list = api::Json::array();
  for (const Said& said : all_) {
    list.push_back({{"note", words[static_cast<std::size_t>(said.note)]},
                    {"type", said.type},
                    {"why", said.why},
                    {"count", said.count},
                    {"about", said.about}});
  }
  return list;
}

}  // namespace viaduct::cloudstack
