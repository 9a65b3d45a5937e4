#include "dataplane/document_path.h"

namespace viaduct {
namespace {

using api::Json;

auto nothing_at(const DocumentPath& path) {
  return fail(Fault::not_found, pointer_to(path), "there is nothing at " + pointer_to(path));
}

auto not_writable(const DocumentPath& path) {
  return fail(Fault::invalid, pointer_to(path),
              "a collection is not written as a whole; name one resource of it, or send the "
              "document");
}

enum class Place : unsigned char { document, ports, port, routers, router, collection, resource };

Result<Place> place_of(const DocumentPath& path) {
  if (path.empty()) return Place::document;
  if (path[0] == interface::Port::collection && path.size() <= 2) {
    return path.size() == 1 ? Place::ports : Place::port;
  }
  if (path[0] != "routers" || path.size() > 4) return nothing_at(path);
  constexpr std::array places{Place::routers, Place::router, Place::collection, Place::resource};
  return places[path.size() - 1];
}

// Calls visit.template operator()<R>() with the resource type of the collection that path[2] names.
template <class Visit>
Result<void> with_type_at(const DocumentPath& path, Visit visit) {
  Result<void> outcome = nothing_at(path);
  Router::for_each_type([&]<class R>() {
    if (R::collection == path[2]) outcome = visit.template operator()<R>();
  });
  return outcome;
}

Result<Router*> router_to_edit(Document& document, const DocumentPath& path) {
  Router* router = document.routers.edit(path[1]);
  if (router == nullptr) return nothing_at({path[0], path[1]});
  return router;
}

template <class R>
Result<Json> get_one(const api::Named<R>& all, const DocumentPath& path) {
  const auto found = all.find(path.back());
  if (found == all.end()) return nothing_at(path);
  return api::write(found->second);
}

template <class R>
Result<void> put_one(api::Named<R>& all, const DocumentPath& path, const Json& body) {
  auto resource = api::read<R>(body);
  if (!resource) return fail_within(pointer_to(path), resource.error());
  if (auto fits = api::check_id<R>(path.back()); !fits) {
    return fail(fits.error().fault, pointer_to(path), fits.error().why);
  }
  all.insert_or_assign(path.back(), *std::move(resource));
  return {};
}

template <class R>
Result<void> remove_one(api::Named<R>& all, const DocumentPath& path) {
  if (all.erase(path.back()) == 0) return nothing_at(path);
  return {};
}

// What a merge patch makes of a value, or the value as it is where none was: what a patch says of
// nothing is null.
Json patched(Json value, const Json& patch) {
  value.merge_patch(patch);
  return value;
}

template <class R>
Result<void> merge_named(api::Named<R>& all, const Json& patch) {
  if (!patch.is_object()) {
    if (patch.is_null()) {
      all = {};
    } else {
      all = TRY(api::read_named<R>(patch));
    }
    return {};
  }
  for (const auto& [id, value] : patch.items()) {
    if (value.is_null()) {
      all.erase(id);
      continue;
    }
    TRY(api::check_id<R>(id));
    const auto known = all.find(id);
    const Json merged = patched(known == all.end() ? Json{} : api::write(known->second), value);
    auto resource = api::read<R>(merged);
    if (!resource) return fail_within("/" + id, resource.error());
    all.insert_or_assign(id, *std::move(resource));
  }
  return api::check_size(all.size());
}

Result<void> merge_router(Router& router, const Json& patch) {
  if (!patch.is_object()) {
    router = TRY(api::read_collections<Router>(patch));
    return {};
  }
  for (const auto& [name, value] : patch.items()) {
    if (!value.is_null() && !api::has_collection<Router>(name)) {
      return fail(Fault::invalid, "/" + api::pointer_token(name), "unknown attribute");
    }
  }
  Result<void> outcome;
  Router::for_each_type([&]<class R>() {
    const auto it = patch.find(std::string{R::collection});
    if (it == patch.end() || !outcome) return;
    if (auto merged = merge_named(router.of<R>(), *it); !merged) {
      outcome = fail_within("/" + std::string{R::collection}, merged.error());
    }
  });
  return outcome;
}

Result<void> merge_routers(api::Named<Router>& routers, const Json& patch) {
  if (patch.is_null()) {
    routers = {};
    return {};
  }
  if (!patch.is_object()) {
    return tl::unexpected<Error>{api::expected("an object of routers", patch)};
  }
  for (const auto& [id, value] : patch.items()) {
    if (value.is_null()) {
      routers.erase(id);
      continue;
    }
    TRY(api::check_id<Router>(id));
    if (auto merged = merge_router(routers[id], value); !merged) {
      return fail_within("/" + id, merged.error());
    }
  }
  return {};
}

Result<void> put_router(Document& document, const DocumentPath& path, const Json& body) {
  auto router = api::read_collections<Router>(body);
  if (!router) return fail_within(pointer_to(path), router.error());
  if (auto fits = api::check_id<Router>(path[1]); !fits) {
    return fail(fits.error().fault, pointer_to(path), fits.error().why);
  }
  document.routers.insert_or_assign(path[1], *std::move(router));
  return {};
}

}  // namespace

DocumentPath split_path(std::string_view text) {
  DocumentPath path;
  while (!text.empty()) {
    const auto slash = std::min(text.find('/'), text.size());
    if (slash > 0) path.emplace_back(text.substr(0, slash));
    text.remove_prefix(std::min(slash + 1, text.size()));
  }
  return path;
}

std::string pointer_to(const DocumentPath& path) {
  std::string pointer;
  for (const std::string& step : path) pointer += "/" + api::pointer_token(step);
  return pointer;
}

Result<Json> get(const Document& document, const DocumentPath& path) {
  const Place place = TRY(place_of(path));
  if (place == Place::document) return write_document(document);
  if (place == Place::ports) return api::write_named(document.ports);
  if (place == Place::port) return get_one(document.ports, path);
  if (place == Place::routers) {
    return write_document(document).value("routers", Json::object());
  }
  const auto known = document.routers.find(path[1]);
  if (known == document.routers.end()) return nothing_at({path[0], path[1]});
  const Router& router = known->second;
  if (place == Place::router) return api::write_collections(router);
  Json found;
  const auto read_out = [&]<class R>() -> Result<void> {
    found = place == Place::collection ? api::write_named(router.of<R>())
                                       : TRY(get_one(router.of<R>(), path));
    return {};
  };
  TRY(with_type_at(path, read_out));
  return found;
}

Result<void> put(Document& document, const DocumentPath& path, const Json& body) {
  const Place place = TRY(place_of(path));
  if (place == Place::document) {
    document = TRY(read_document(body));
    return {};
  }
  if (place == Place::port) return put_one(document.ports, path, body);
  if (place == Place::router) return put_router(document, path, body);
  if (place != Place::resource) return not_writable(path);
  Router& router = *TRY(router_to_edit(document, path));
  return with_type_at(path, [&]<class R>() { return put_one(router.of<R>(), path, body); });
}

Result<void> remove(Document& document, const DocumentPath& path) {
  const Place place = TRY(place_of(path));
  if (place == Place::port) return remove_one(document.ports, path);
  if (place == Place::router) {
    if (document.routers.erase(path[1]) == 0) return nothing_at(path);
    return {};
  }
  if (place != Place::resource) return not_writable(path);
  Router& router = *TRY(router_to_edit(document, path));
  return with_type_at(path, [&]<class R>() { return remove_one(router.of<R>(), path); });
}

Result<void> merge(Document& document, const Json& patch) {
  if (!patch.is_object()) {
    document = TRY(read_document(patch));
    return {};
  }
  for (const auto& [name, value] : patch.items()) {
    if (name == interface::Port::collection) {
      if (auto merged = merge_named(document.ports, value); !merged) {
        return fail_within("/ports", merged.error());
      }
    } else if (name == "routers") {
      if (auto merged = merge_routers(document.routers, value); !merged) {
        return fail_within("/routers", merged.error());
      }
    } else if (!value.is_null()) {
      return fail(Fault::invalid, "/" + api::pointer_token(name), "unknown attribute");
    }
  }
  return {};
}

Result<void> make_changes(Document& document, const Json& changes) {
  const auto bad = [](std::size_t at) {
    return fail(Fault::invalid, "/changes/" + std::to_string(at), "is no change of a resource");
  };
  if (!changes.is_array()) return bad(0);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const Json& change = changes[i];
    if (!change.is_object()) return bad(i);
    const auto path = change.find("path");
    if (path == change.end() || !path->is_string()) return bad(i);
    const DocumentPath place = split_path(path->get_ref<const std::string&>());
    if (place.size() < 2) return bad(i);
    const auto after = change.find("after");
    TRY(after == change.end() ? remove(document, place) : put(document, place, *after));
  }
  return {};
}

Result<Json> schema_at(const DocumentPath& path) {
  const Place place = TRY(place_of(path));
  if (place == Place::ports || place == Place::port) return api::schema<interface::Port>();
  if (place == Place::router) return document_schemas()["router"];
  if (place == Place::document || place == Place::routers) return document_schemas()["document"];
  Json found;
  TRY(with_type_at(path, [&]<class R>() -> Result<void> {
    found = api::schema<R>();
    return {};
  }));
  return found;
}

}  // namespace viaduct
