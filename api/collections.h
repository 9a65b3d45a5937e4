#pragma once

#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "api/field.h"
#include "base/persistent_map.h"

namespace viaduct::api {

// Resources of one type by their stable ids. Ids are what URLs, counters and logs name them by.
template <class Resource>
using Named = PersistentMap<Resource>;

constexpr std::size_t longest_id = 63;
constexpr std::size_t most_resources = 200'000;  // in one collection

// Lower-case letters, digits, '-', '_' and '.'; begins with a letter or digit.
[[nodiscard]] bool is_id(std::string_view text);

// The longest id a resource type takes; 63 unless it says otherwise.
template <class Resource>
constexpr std::size_t id_limit() {
  if constexpr (requires { Resource::longest_id; }) return Resource::longest_id;
  return longest_id;
}

template <class Resource>
Result<void> check_id(std::string_view id) {
  if (is_id(id) && id.size() <= id_limit<Resource>()) return {};
  return fail(Fault::invalid, "/" + pointer_token(id),
              "an id is 1 to " + std::to_string(id_limit<Resource>()) +
                  " lower-case letters, digits, '-', '_' or '.', beginning with a letter or digit");
}

// Refuses more resources than one collection may hold.
[[nodiscard]] Result<void> check_size(std::size_t resources);

template <class Resource>
Result<Named<Resource>> read_named(const Json& body) {
  if (!body.is_object()) return tl::unexpected<Error>{expected("an object of resources", body)};
  TRY(check_size(body.size()));
  std::vector<typename Named<Resource>::value_type> all;
  all.reserve(body.size());
  for (const auto& [id, value] : body.items()) {
    TRY(check_id<Resource>(id));
    auto resource = read<Resource>(value);
    if (!resource) return fail_within("/" + id, resource.error());
    all.emplace_back(id, *std::move(resource));
  }
  return Named<Resource>{std::move(all)};
}

template <class Resource>
Json write_named(const Named<Resource>& all) {
  Json body = Json::object();
  for (const auto& [id, resource] : all) append(body, id, write(resource));
  return body;
}

// A value that holds one collection of each of these resource types.
template <class... Resources>
class Collections {
 public:
  template <class R>
  [[nodiscard]] Named<R>& of() {
    return std::get<Named<R>>(all_);
  }
  template <class R>
  [[nodiscard]] const Named<R>& of() const {
    return std::get<Named<R>>(all_);
  }

  // Calls visit.template operator()<R>() for each resource type, in order.
  template <class Visit>
  static void for_each_type(Visit visit) {
    (visit.template operator()<Resources>(), ...);
  }

  friend bool operator==(const Collections&, const Collections&) = default;

 private:
  std::tuple<Named<Resources>...> all_;
};

// One value for the collections of two.
template <class First, class Second>
struct JoinedCollections;
template <class... First, class... Second>
struct JoinedCollections<Collections<First...>, Collections<Second...>> {
  using Type = Collections<First..., Second...>;
};
template <class First, class Second>
using Joined = typename JoinedCollections<First, Second>::Type;

// Those of `from` that `Part` has. Shares them.
template <class Part, class All>
Part part_of(const All& from) {
  Part part;
  Part::for_each_type([&]<class R>() { part.template of<R>() = from.template of<R>(); });
  return part;
}

template <class All>
bool has_collection(std::string_view name) {
  bool found = false;
  All::for_each_type([&]<class R>() { found |= R::collection == name; });
  return found;
}

// Reads every collection of `All` from the attributes of `body`; absent ones are empty. Attributes
// that are no collection are refused.
template <class All>
Result<All> read_collections(const Json& body) {
  if (!body.is_object()) return tl::unexpected<Error>{expected("an object", body)};
  All all;
  Result<void> outcome;
  std::size_t known = 0;
  All::for_each_type([&]<class R>() {
    const auto it = body.find(std::string{R::collection});
    if (it == body.end()) return;
    ++known;
    auto named = read_named<R>(*it);
    if (named) {
      all.template of<R>() = *std::move(named);
    } else if (outcome) {
      outcome = fail_within("/" + std::string{R::collection}, named.error());
    }
  });
  if (known != body.size()) {
    for (const auto& [name, value] : body.items()) {
      if (!has_collection<All>(name)) {
        return fail(Fault::invalid, "/" + pointer_token(name), "unknown attribute");
      }
    }
  }
  if (!outcome) return tl::unexpected<Error>{outcome.error()};
  return all;
}

template <class All>
Json write_collections(const All& all) {
  Json body = Json::object();
  All::for_each_type([&]<class R>() {
    if (!all.template of<R>().empty()) {
      append(body, std::string{R::collection}, write_named(all.template of<R>()));
    }
  });
  return body;
}

}  // namespace viaduct::api
