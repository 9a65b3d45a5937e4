#include "controlplane/plan.h"

#include <array>
#include <utility>
#include <vector>

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
  // What goes or changes first, then what comes.
  template <class R>
  void compare(const api::Named<R>& from, const api::Named<R>& to, const std::string& path) {
    using Kind = ResourceChange::Kind;
    std::vector<std::pair<const std::string*, const R*>> fresh;
    api::Named<R>::compare(from, to, [&](const std::string& id, const R* before, const R* after) {
      if (before == nullptr) {
        fresh.emplace_back(&id, after);
      } else if (after == nullptr) {
        add(Kind::remove, path + id, api::write(*before), {});
      } else {
        add(Kind::change, path + id, api::write(*before), api::write(*after));
        take_secret(*after);
      }
      return true;
    });
    for (const auto& [id, after] : fresh) {
      add(Kind::add, path + *id, {}, api::write(*after));
      take_secret(*after);
    }
  }

  template <class Router>
  void compare_routers(const Router& from, const Router& to, const std::string& path) {
    Router::for_each_type([&]<class R>() {
      compare(from.template of<R>(), to.template of<R>(),
              path + "/" + std::string{R::collection} + "/");
    });
  }

  void add(ResourceChange::Kind kind, std::string path, api::Json before, api::Json after) {
    changes_.push_back({kind, std::move(path), std::move(before), std::move(after)});
  }

  [[nodiscard]] std::vector<ResourceChange> result() && { return std::move(changes_); }

 private:
  template <class R>
  void take_secret(const R& after) {
    if constexpr (requires { R::secret; }) {
      if ((after.*R::secret).is_told()) changes_.back().secret = after.*R::secret;
    }
  }

  std::vector<ResourceChange> changes_;
};

}  // namespace

template <class Document>
std::vector<ResourceChange> plan(const Document& from, const Document& to) {
  using Resources = api::RouterIn<Document>;
  Planner planner;
  std::apply(
      [&]<class... Own>(Own... own) {
        (planner.compare(from.*own, to.*own,
                         "/" + std::string{api::ResourceOf<decltype(from.*own)>::collection} + "/"),
         ...);
      },
      Document::own);
  static const Resources nothing;
  using Kind = ResourceChange::Kind;
  const auto compare = [&](const std::string& id, const Resources* before, const Resources* after) {
    const std::string path = "/routers/" + id;
    if (before == nullptr) planner.add(Kind::add, path, {}, api::Json::object());
    planner.compare_routers(before == nullptr ? nothing : *before,
                            after == nullptr ? nothing : *after, path);
    if (after == nullptr) planner.add(Kind::remove, path, api::Json::object(), {});
    return true;
  };
  api::Named<Resources>::compare(from.routers, to.routers, compare);
  return std::move(planner).result();
}

template std::vector<ResourceChange> plan(const ApplianceDocument&, const ApplianceDocument&);
template std::vector<ResourceChange> plan(const Document&, const Document&);
template std::vector<ResourceChange> plan(const guest::Document&, const guest::Document&);

Result<void> make(const ResourceChange& change, ApplianceDocument& document) {
  const auto place = api::split_path(change.path);
  return change.kind == ResourceChange::Kind::remove ? api::remove(document, place)
                                                     : api::put(document, place, change.after);
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
