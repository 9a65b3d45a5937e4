#include "controlplane/plan.h"

#include <array>
#include <set>

namespace viaduct {

template <>
struct api::Names<ResourceChange::Kind> {
  static constexpr std::array table{
      std::pair{ResourceChange::Kind::add, std::string_view{"add"}},
      std::pair{ResourceChange::Kind::remove, std::string_view{"remove"}},
      std::pair{ResourceChange::Kind::change, std::string_view{"change"}}};
};

namespace {

class Planner {
 public:
  template <class R>
  void compare(const api::Named<R>& from, const api::Named<R>& to, const std::string& path) {
    for (const auto& [id, before] : from) {
      const auto after = to.find(id);
      if (after == to.end()) {
        add(ResourceChange::Kind::remove, path + id, api::write(before), {});
      } else if (!(before == after->second)) {
        add(ResourceChange::Kind::change, path + id, api::write(before), api::write(after->second));
      }
    }
    for (const auto& [id, after] : to) {
      if (!from.contains(id)) add(ResourceChange::Kind::add, path + id, {}, api::write(after));
    }
  }

  void compare(const Router& from, const Router& to, const std::string& path) {
    Router::for_each_type([&]<class R>() {
      compare(from.of<R>(), to.of<R>(), path + "/" + std::string{R::collection} + "/");
    });
  }

  void add(ResourceChange::Kind kind, std::string path, api::Json before, api::Json after) {
    changes_.push_back({kind, std::move(path), std::move(before), std::move(after)});
  }

  [[nodiscard]] std::vector<ResourceChange> result() && { return std::move(changes_); }

 private:
  std::vector<ResourceChange> changes_;
};

}  // namespace

std::vector<ResourceChange> plan(const Document& from, const Document& to) {
  Planner planner;
  planner.compare(from.ports, to.ports, "/ports/");
  static const Router nothing;
  std::set<std::string_view> ids;
  for (const auto& [id, router] : from.routers) ids.insert(id);
  for (const auto& [id, router] : to.routers) ids.insert(id);
  for (const std::string_view id : ids) {
    const std::string path = "/routers/" + std::string{id};
    const auto before = from.routers.find(id);
    const auto after = to.routers.find(id);
    const bool existed = before != from.routers.end();
    const bool exists = after != to.routers.end();
    if (!existed) planner.add(ResourceChange::Kind::add, path, {}, api::Json::object());
    planner.compare(existed ? before->second : nothing, exists ? after->second : nothing, path);
    if (!exists) planner.add(ResourceChange::Kind::remove, path, api::Json::object(), {});
  }
  return std::move(planner).result();
}

api::Json write_changes(const std::vector<ResourceChange>& changes) {
  api::Json list = api::Json::array();
  for (const ResourceChange& change : changes) {
    api::Json entry = {{"op", api::name_of(change.kind)}, {"path", change.path}};
    if (!change.before.is_null()) entry["before"] = change.before;
    if (!change.after.is_null()) entry["after"] = change.after;
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace viaduct
