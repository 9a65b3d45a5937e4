#pragma once

#include <string>
#include <tuple>
#include <type_traits>

#include "api/collections.h"

// A document is all that is configured: resources of the appliance itself, and routers with
// theirs.
//
//   struct Document {
//     api::Named<Port> ports;
//     api::Named<Router> routers;  // Router is a Collections
//     static constexpr std::tuple own{&Document::ports};  // what there is besides routers
//   };
namespace viaduct::api {

template <class Document>
using RouterIn = typename decltype(Document::routers)::value_type::second_type;

// The resource type of a Named, or of a reference to one.
template <class Collection>
using ResourceOf = typename std::remove_cvref_t<Collection>::value_type::second_type;

// Calls visit(collection) for each Named of the appliance itself, in order.
template <class Document, class Visit>
void for_each_own(Document& document, Visit visit) {
  std::apply([&](auto... member) { (visit(document.*member), ...); },
             std::remove_const_t<Document>::own);
}

template <class Router>
Result<Named<Router>> read_routers(const Json& body) {
  if (!body.is_object()) return tl::unexpected<Error>{expected("an object of routers", body)};
  Named<Router> routers;
  for (const auto& [id, router] : body.items()) {
    TRY(check_id<Router>(id));
    auto resources = read_collections<Router>(router);
    if (!resources) return fail_within("/" + id, resources.error());
    routers.insert_or_assign(id, *std::move(resources));
  }
  return routers;
}

// Refuses what is not a document, with a pointer to the attribute. Says nothing about whether its
// parts fit together.
template <class Document>
Result<Document> read_document(const Json& body) {
  if (!body.is_object()) return tl::unexpected<Error>{expected("an object", body)};
  Document document;
  for (const auto& attribute : body.items()) {
    const std::string& name = attribute.key();
    const Json& value = attribute.value();
    Result<void> taken = fail(Fault::invalid, "/" + pointer_token(name), "unknown attribute");
    const auto take = [&]<class Read>(auto& into, Read read) {
      auto made = read(value);
      taken = made ? Result<void>{} : fail_within("/" + name, made.error());
      if (made) into = *std::move(made);
    };
    for_each_own(document, [&]<class R>(Named<R>& all) {
      if (R::collection == name) take(all, read_named<R>);
    });
    if (name == "routers") take(document.routers, read_routers<RouterIn<Document>>);
    TRY(std::move(taken));
  }
  return document;
}

template <class Document>
Json write_document(const Document& document) {
  Json body = Json::object();
  for_each_own(document, [&]<class R>(const Named<R>& all) {
    if (!all.empty()) append(body, std::string{R::collection}, write_named(all));
  });
  if (document.routers.empty()) return body;
  Json routers = Json::object();
  for (const auto& [id, router] : document.routers) {
    append(routers, id, write_collections(router));
  }
  append(body, "routers", std::move(routers));
  return body;
}

// The JSON schema of the document ("document"), of a router ("router") and of each resource type,
// by its collection's name.
template <class Document>
Json document_schemas() {
  const auto collection = [](std::string_view of) {
    return Json{{"type", "object"},
                {"additionalProperties", {{"$ref", "#/components/schemas/" + std::string{of}}}}};
  };
  Json schemas = Json::object();
  Json router = {{"type", "object"}, {"additionalProperties", false}};
  RouterIn<Document>::for_each_type([&]<class R>() {
    schemas[std::string{R::collection}] = schema<R>();
    router["properties"][std::string{R::collection}] = collection(R::collection);
  });
  schemas["router"] = std::move(router);
  Json all = {{"type", "object"},
              {"additionalProperties", false},
              {"properties", {{"routers", collection("router")}}}};
  const Document none;
  for_each_own(none, [&]<class R>(const Named<R>& /*all*/) {
    schemas[std::string{R::collection}] = schema<R>();
    all["properties"][std::string{R::collection}] = collection(R::collection);
  });
  schemas["document"] = std::move(all);
  return schemas;
}

}  // namespace viaduct::api
