#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/cloudstack/entry.h"
#include "controlplane/cloudstack/notes.h"

namespace viaduct::cloudstack {

// What the entries mean, as resources. They are JSON, since no feature is named but by the
// document: a resource type that there is no more is left out, and an attribute that is refused is
// told of that resource alone.
struct Translation {
  struct Resource {
    std::string id;
    api::Json body;
  };

  std::vector<Resource> ports;
  std::map<std::string, std::vector<Resource>, std::less<>> collections;  // of router `vr`
  Notes notes;

  void add(std::string_view collection, std::string id, api::Json body) {
    auto& all = collections.try_emplace(std::string{collection}).first->second;
    all.push_back({std::move(id), std::move(body)});
  }
};

// Depends on nothing but these; `largest_mtu` is what the packet path takes, in bytes. What cannot
// be meant or cannot be yet is noted and left out; what remains fits together. A password is its
// guest without the password itself.
[[nodiscard]] Translation translate(const Entries& entries, std::uint16_t largest_mtu);

// The collections of the router that messages decide about; they are wholly theirs.
[[nodiscard]] bool is_translated(std::string_view collection);

}  // namespace viaduct::cloudstack
