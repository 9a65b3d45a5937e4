#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/document.h"

// Reading and editing one place of a document. A place is named by the steps that lead to it:
//   OWN | OWN/ID | routers | routers/ROUTER | routers/ROUTER/COLLECTION | .../COLLECTION/ID
// with OWN a collection of the appliance itself, such as ports; no steps name the document. Errors
// point into the document.
namespace viaduct::api {

using DocumentPath = std::vector<std::string>;

// "routers/red/routes" -> {"routers","red","routes"}; leading and trailing slashes do not count.
DocumentPath split_path(std::string_view text);
std::string pointer_to(const DocumentPath& path);

namespace detail {

enum class Place : unsigned char {
  document,
  own,
  own_resource,
  routers,
  router,
  collection,
  resource
};

tl::unexpected<Error> nothing_at(const DocumentPath& path);
tl::unexpected<Error> not_writable(const DocumentPath& path);
// What a merge patch makes of a value (RFC 7396); what a patch says of nothing is null.
Json patched(Json value, const Json& patch);
// The steps and what comes after, null if nothing does, of one change.
struct Change {
  DocumentPath place;
  const Json* after = nullptr;
};
Result<std::vector<Change>> read_changes(const Json& changes);

template <class Document>
bool has_own(std::string_view name) {
  bool found = false;
  Document none;
  for_each_own(none, [&]<class R>(Named<R>& /*all*/) { found |= R::collection == name; });
  return found;
}

template <class Document>
Result<Place> place_of(const DocumentPath& path) {
  if (path.empty()) return Place::document;
  if (path.size() <= 2 && has_own<Document>(path[0])) {
    return path.size() == 1 ? Place::own : Place::own_resource;
  }
  if (path[0] != "routers" || path.size() > 4) return nothing_at(path);
  constexpr std::array places{Place::routers, Place::router, Place::collection, Place::resource};
  return places[path.size() - 1];
}

// Calls visit(named) with the collection that the steps lead to, that of the appliance or of a
// router that there is.
template <class Document, class Visit>
Result<void> with_own(Document& document, const DocumentPath& path, Visit visit) {
  Result<void> outcome = nothing_at(path);
  for_each_own(document, [&]<class All>(All& all) {
    if (ResourceOf<All>::collection == path[0]) {
      outcome = visit(all);
    }
  });
  return outcome;
}
template <class Router, class Visit>
Result<void> with_collection(Router& router, const DocumentPath& path, Visit visit) {
  Result<void> outcome = nothing_at(path);
  std::remove_const_t<Router>::for_each_type([&]<class R>() {
    if (R::collection == path[2]) outcome = visit(router.template of<R>());
  });
  return outcome;
}

template <class R>
Result<Json> get_one(const Named<R>& all, const DocumentPath& path) {
  const auto found = all.find(path.back());
  if (found == all.end()) return nothing_at(path);
  return write(found->second);
}

template <class R>
Result<void> put_one(Named<R>& all, const DocumentPath& path, const Json& body) {
  auto resource = read<R>(body);
  if (!resource) return fail_within(pointer_to(path), resource.error());
  if (auto fits = check_id<R>(path.back()); !fits) {
    return fail(fits.error().fault, pointer_to(path), fits.error().why);
  }
  all.insert_or_assign(path.back(), *std::move(resource));
  return {};
}

template <class R>
Result<void> remove_one(Named<R>& all, const DocumentPath& path) {
  if (all.erase(path.back()) == 0) return nothing_at(path);
  return {};
}

template <class R>
Result<void> merge_named(Named<R>& all, const Json& patch) {
  if (!patch.is_object()) {
    if (patch.is_null()) {
      all = {};
    } else {
      all = TRY(read_named<R>(patch));
    }
    return {};
  }
  for (const auto& [id, value] : patch.items()) {
    if (value.is_null()) {
      all.erase(id);
      continue;
    }
    TRY(check_id<R>(id));
    const auto known = all.find(id);
    const Json merged = patched(known == all.end() ? Json{} : write(known->second), value);
    auto resource = read<R>(merged);
    if (!resource) return fail_within("/" + id, resource.error());
    all.insert_or_assign(id, *std::move(resource));
  }
  return check_size(all.size());
}

template <class Router>
Result<void> merge_router(Router& router, const Json& patch) {
  if (!patch.is_object()) {
    router = TRY(read_collections<Router>(patch));
    return {};
  }
  for (const auto& [name, value] : patch.items()) {
    if (!value.is_null() && !has_collection<Router>(name)) {
      return fail(Fault::invalid, "/" + pointer_token(name), "unknown attribute");
    }
  }
  Result<void> outcome;
  Router::for_each_type([&]<class R>() {
    const auto it = patch.find(std::string{R::collection});
    if (it == patch.end() || !outcome) return;
    if (auto merged = merge_named(router.template of<R>(), *it); !merged) {
      outcome = fail_within("/" + std::string{R::collection}, merged.error());
    }
  });
  return outcome;
}

template <class Router>
Result<void> merge_routers(Named<Router>& routers, const Json& patch) {
  if (patch.is_null()) {
    routers = {};
    return {};
  }
  if (!patch.is_object()) return tl::unexpected<Error>{expected("an object of routers", patch)};
  for (const auto& [id, value] : patch.items()) {
    if (value.is_null()) {
      routers.erase(id);
      continue;
    }
    TRY(check_id<Router>(id));
    if (auto merged = merge_router(routers[id], value); !merged) {
      return fail_within("/" + id, merged.error());
    }
  }
  return {};
}

template <class Document>
Result<RouterIn<Document>*> router_to_edit(Document& document, const DocumentPath& path) {
  auto* router = document.routers.edit(path[1]);
  if (router == nullptr) return nothing_at({path[0], path[1]});
  return router;
}

template <class Document>
Result<void> put_router(Document& document, const DocumentPath& path, const Json& body) {
  using Router = RouterIn<Document>;
  auto router = read_collections<Router>(body);
  if (!router) return fail_within(pointer_to(path), router.error());
  if (auto fits = check_id<Router>(path[1]); !fits) {
    return fail(fits.error().fault, pointer_to(path), fits.error().why);
  }
  document.routers.insert_or_assign(path[1], *std::move(router));
  return {};
}

}  // namespace detail

template <class Document>
Result<Json> get(const Document& document, const DocumentPath& path) {
  using detail::Place;
  const Place place = TRY(detail::place_of<Document>(path));
  if (place == Place::document) return write_document(document);
  if (place == Place::routers) return write_document(document).value("routers", Json::object());
  Json found;
  const auto read_out = [&](const auto& all) -> Result<void> {
    const bool is_all = place == Place::own || place == Place::collection;
    found = is_all ? write_named(all) : TRY(detail::get_one(all, path));
    return {};
  };
  if (place == Place::own || place == Place::own_resource) {
    TRY(detail::with_own(document, path, read_out));
    return found;
  }
  const auto known = document.routers.find(path[1]);
  if (known == document.routers.end()) return detail::nothing_at({path[0], path[1]});
  if (place == Place::router) return write_collections(known->second);
  TRY(detail::with_collection(known->second, path, read_out));
  return found;
}

// Makes or replaces the document, a router or one resource. The router must exist.
template <class Document>
Result<void> put(Document& document, const DocumentPath& path, const Json& body) {
  using detail::Place;
  const Place place = TRY(detail::place_of<Document>(path));
  const auto put_here = [&](auto& all) { return detail::put_one(all, path, body); };
  if (place == Place::document) {
    document = TRY(read_document<Document>(body));
    return {};
  }
  if (place == Place::own_resource) return detail::with_own(document, path, put_here);
  if (place == Place::router) return detail::put_router(document, path, body);
  if (place != Place::resource) return detail::not_writable(path);
  auto* const router = TRY(detail::router_to_edit(document, path));
  return detail::with_collection(*router, path, put_here);
}

// Removes a router or one resource.
template <class Document>
Result<void> remove(Document& document, const DocumentPath& path) {
  using detail::Place;
  const Place place = TRY(detail::place_of<Document>(path));
  const auto remove_here = [&](auto& all) { return detail::remove_one(all, path); };
  if (place == Place::own_resource) return detail::with_own(document, path, remove_here);
  if (place == Place::router) {
    if (document.routers.erase(path[1]) == 0) return detail::nothing_at(path);
    return {};
  }
  if (place != Place::resource) return detail::not_writable(path);
  auto* const router = TRY(detail::router_to_edit(document, path));
  return detail::with_collection(*router, path, remove_here);
}

// RFC 7396: what `patch` says, the rest as it was. Costs what the patch touches.
template <class Document>
Result<void> merge(Document& document, const Json& patch) {
  if (!patch.is_object()) {
    document = TRY(read_document<Document>(patch));
    return {};
  }
  for (const auto& [name, value] : patch.items()) {
    Result<void> merged;
    if (name == "routers") {
      merged = detail::merge_routers(document.routers, value);
    } else if (detail::has_own<Document>(name)) {
      const auto merge_here = [&after = value](auto& all) {
        return detail::merge_named(all, after);
      };
      merged = detail::with_own(document, {name}, merge_here);
    } else if (!value.is_null()) {
      return fail(Fault::invalid, "/" + pointer_token(name), "unknown attribute");
    }
    if (!merged) return fail_within("/" + name, merged.error());
  }
  return {};
}

// Makes the changes that a plan tells, [{"path":"/routers/red/routes/default","after":{...}}, ...]:
// each resource becomes what it is after, or goes if it is nothing then.
template <class Document>
Result<void> make_changes(Document& document, const Json& changes) {
  for (const auto& [place, after] : TRY(detail::read_changes(changes))) {
    TRY(after == nullptr ? remove(document, place) : put(document, place, *after));
  }
  return {};
}

// The schema of the resource type, of the router or of the document that `path` names.
template <class Document>
Result<Json> schema_at(const DocumentPath& path) {
  using detail::Place;
  const Place place = TRY(detail::place_of<Document>(path));
  if (place == Place::router) return document_schemas<Document>()["router"];
  if (place == Place::document || place == Place::routers) {
    return document_schemas<Document>()["document"];
  }
  Json found;
  const auto tell = [&]<class R>(const Named<R>& /*all*/) -> Result<void> {
    found = schema<R>();
    return {};
  };
  if (place == Place::own || place == Place::own_resource) {
    const Document none;
    TRY(detail::with_own(none, path, tell));
  } else {
    const RouterIn<Document> none;
    TRY(detail::with_collection(none, path, tell));
  }
  return found;
}

}  // namespace viaduct::api
