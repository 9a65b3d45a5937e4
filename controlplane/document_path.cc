#include "controlplane/document_path.h"

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

template <class Routers>
auto router_at(Routers& routers, const DocumentPath& path)
    -> Result<decltype(&routers.begin()->second)> {
  const auto router = routers.find(path[1]);
  if (router == routers.end()) return nothing_at({path[0], path[1]});
  return &router->second;
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
  const Router& router = *TRY(router_at(document.routers, path));
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
  Router& router = *TRY(router_at(document.routers, path));
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
  Router& router = *TRY(router_at(document.routers, path));
  return with_type_at(path, [&]<class R>() { return remove_one(router.of<R>(), path); });
}

Result<void> merge(Document& document, const Json& patch) {
  Json merged = write_document(document);
  merged.merge_patch(patch);
  document = TRY(read_document(merged));
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
