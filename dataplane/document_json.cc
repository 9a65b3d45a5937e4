#include "dataplane/document.h"

// The document in JSON, and its schemas.
namespace viaduct {
namespace {

Result<decltype(Document::routers)> read_routers(const api::Json& body) {
  if (!body.is_object()) {
    return tl::unexpected<Error>{api::expected("an object of routers", body)};
  }
  decltype(Document::routers) routers;
  for (const auto& [id, router] : body.items()) {
    TRY(api::check_id<Router>(id));
    auto resources = api::read_collections<Router>(router);
    if (!resources) return fail_within("/" + id, resources.error());
    routers.insert_or_assign(id, *std::move(resources));
  }
  return routers;
}

}  // namespace

Result<Document> read_document(const api::Json& body) {
  if (!body.is_object()) return tl::unexpected<Error>{api::expected("an object", body)};
  Document document;
  for (const auto& [name, value] : body.items()) {
    if (name == interface::Port::collection) {
      auto ports = api::read_named<interface::Port>(value);
      if (!ports) return fail_within("/ports", ports.error());
      document.ports = *std::move(ports);
    } else if (name == "routers") {
      auto routers = read_routers(value);
      if (!routers) return fail_within("/routers", routers.error());
      document.routers = *std::move(routers);
    } else {
      return fail(Fault::invalid, "/" + api::pointer_token(name), "unknown attribute");
    }
  }
  return document;
}

api::Json write_document(const Document& document) {
  api::Json body = api::Json::object();
  if (!document.ports.empty()) body["ports"] = api::write_named(document.ports);
  if (document.routers.empty()) return body;
  api::Json routers = api::Json::object();
  for (const auto& [id, router] : document.routers) {
    api::append(routers, id, api::write_collections(router));
  }
  api::append(body, "routers", std::move(routers));
  return body;
}

api::Json document_schemas() {
  const auto collection = [](std::string_view of) {
    return api::Json{
        {"type", "object"},
        {"additionalProperties", {{"$ref", "#/components/schemas/" + std::string{of}}}}};
  };
  api::Json schemas = api::Json::object();
  schemas["ports"] = api::schema<interface::Port>();
  api::Json router = {{"type", "object"}, {"additionalProperties", false}};
  Router::for_each_type([&]<class R>() {
    schemas[std::string{R::collection}] = api::schema<R>();
    router["properties"][std::string{R::collection}] = collection(R::collection);
  });
  schemas["router"] = std::move(router);
  schemas["document"] = {
      {"type", "object"},
      {"additionalProperties", false},
      {"properties", {{"ports", collection("ports")}, {"routers", collection("router")}}}};
  return schemas;
}

}  // namespace viaduct
