#include "controlplane/cloudstack/adapter.h"

#include <algorithm>
#include <set>

#include "controlplane/cloudstack/translate.h"

namespace viaduct::cloudstack {
namespace {

constexpr const char* router_id = "vr";
constexpr std::string_view port_prefix = "vr.";

using Passwords = std::map<std::string, password::Secret>;

// Makes `all` what is wanted, and touches nothing that is so already. `is_ours` tells which ids may
// go.
template <class R, class IsOurs>
class Adoption {
 public:
  Adoption(api::Named<R>& all, const Passwords& passwords, Notes& notes, IsOurs is_ours)
      : all_(all), passwords_(passwords), notes_(notes), is_ours_(is_ours) {}

  void run(const std::vector<Translation::Resource>& wanted) {
    std::set<std::string_view> kept;
    for (const auto& [id, body] : wanted) {
      if (take(id, body)) kept.insert(id);
    }
    std::vector<std::string> gone;
    for (const auto& [id, resource] : all_) {
      if (is_ours_(id) && !kept.contains(id)) gone.push_back(id);
    }
    for (const std::string& id : gone) all_.erase(id);
  }

 private:
  bool take(const std::string& id, const api::Json& body) {
    auto resource = api::read<R>(body);
    Result<void> outcome = api::check_id<R>(id);
    if (!resource) outcome = tl::unexpected<Error>{resource.error()};
    if (!outcome) {
      notes_.add(Note::odd, R::collection, id, outcome.error().where + ": " + outcome.error().why);
      return false;
    }
    if constexpr (requires { R::secret; }) {
      const auto told = passwords_.find(id);
      if (told != passwords_.end()) *resource.*R::secret = told->second;
    }
    const auto known = all_.find(id);
    if (known == all_.end() || known->second != *resource) {
      all_.insert_or_assign(id, *std::move(resource));
    }
    return true;
  }

  api::Named<R>& all_;
  const Passwords& passwords_;
  Notes& notes_;
  IsOurs is_ours_;
};

void adopt(const Translation& translation, const Passwords& passwords, Notes& notes,
           ApplianceDocument& next) {
  const auto is_our_port = [](const std::string& id) { return id.starts_with(port_prefix); };
  Adoption{next.ports, passwords, notes, is_our_port}.run(translation.ports);
  ApplianceRouter& router = next.routers[router_id];
  ApplianceRouter::for_each_type([&]<class R>() {
    if (!is_translated(R::collection)) return;
    static const std::vector<Translation::Resource> none;
    const auto wanted = translation.collections.find(R::collection);
    Adoption{router.of<R>(), passwords, notes, [](const std::string&) { return true; }}.run(
        wanted == translation.collections.end() ? none : wanted->second);
  });
}

}  // namespace

Result<Outcome> apply(const Request& request, ApplianceDocument& next, std::uint16_t largest_mtu) {
  State state{next.cloudstack_entries, {}};
  Outcome outcome = TRY(merge(request, state));
  const Translation translation = translate(state.entries, largest_mtu);
  outcome.notes.append(translation.notes);
  next.cloudstack_entries = std::move(state.entries);
  adopt(translation, state.passwords, outcome.notes, next);
  return outcome;
}

api::Json describe(const ApplianceDocument& document, std::uint16_t largest_mtu) {
  return {{"entries", api::write_named(document.cloudstack_entries)},
          {"notes", translate(document.cloudstack_entries, largest_mtu).notes.to_json()}};
}

}  // namespace viaduct::cloudstack
