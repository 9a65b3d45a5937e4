#include "dataplane/document.h"

#include <algorithm>
#include <map>
#include <set>

namespace viaduct {
namespace {

template <class Table>
void claim(const Router& router, Claims& claims) {
  if constexpr (requires(const api::Named<typename Table::Resource>& r) {
                  Table::claim(r, claims);
                }) {
    Table::claim(router.of<typename Table::Resource>(), claims);
  }
}

template <class Table>
Result<Table> compile_room(const Router& router, const RouterContext& context) {
  using Resource = typename Table::Resource;
  auto table = Table::compile(router.of<Resource>(), context);
  if (!table) return fail_within("/" + std::string{Resource::collection}, table.error());
  return table;
}

template <class... Tables>
Result<std::tuple<Tables...>> compile_rooms(const Router& router, const RouterContext& context,
                                            std::type_identity<std::tuple<Tables...>> /*shape*/) {
  std::tuple<Result<Tables>...> tried{compile_room<Tables>(router, context)...};
  const Error* first = nullptr;
  std::apply(
      [&](const auto&... each) {
        ((first == nullptr && !each ? static_cast<void>(first = &each.error()) : void()), ...);
      },
      tried);
  if (first != nullptr) return tl::unexpected<Error>{*first};
  return std::apply([](auto&... each) { return std::tuple<Tables...>{*std::move(each)...}; },
                    tried);
}

template <class... Tables>
Claims all_claims(const Router& router, std::type_identity<std::tuple<Tables...>> /*shape*/) {
  Claims claims;
  (claim<Tables>(router, claims), ...);
  return claims;
}

Result<std::shared_ptr<const CompiledRouter>> compile_router(const std::string& id,
                                                             const Router& desired,
                                                             Directory& directory) {
  constexpr std::type_identity<Rooms<TablesOf>> shape;
  const auto within = [](std::string_view collection, Error error) {
    return fail_within("/" + std::string{collection}, std::move(error));
  };
  // Tables point at the interfaces, so those must be in their final place first.
  auto interfaces = interface::Table::compile(id, desired.of<interface::Interface>(), directory);
  if (!interfaces) return within(interface::Interface::collection, interfaces.error());
  auto placed = std::make_shared<interface::Table>(*std::move(interfaces));
  auto routes = route::Table::compile(desired.of<route::Route>(), *placed);
  if (!routes) return within(route::Route::collection, routes.error());
  const Claims claims = all_claims(desired, shape);
  auto tables = compile_rooms(desired, {id, *placed, *routes, claims, directory}, shape);
  if (!tables) return tl::unexpected<Error>{tables.error()};

  std::vector<Address> local = claims.addresses;
  for (const auto& interface : placed->all()) {
    for (const InterfaceAddress& own : interface.addresses) local.push_back(own.address);
  }
  std::ranges::sort(local);
  local.erase(std::unique(local.begin(), local.end()), local.end());
  return std::make_shared<const CompiledRouter>(
      CompiledRouter{.id = id,
                     .slot = directory.slot("/routers/" + id),
                     .interfaces = std::move(placed),
                     .routes = *std::move(routes),
                     .local_addresses = std::move(local),
                     .tables = *std::move(tables),
                     .desired = desired});
}

// A neighbour that packets are sent to cannot be the router itself.
Result<void> check_next_hops(const CompiledRouter& router) {
  for (const auto& [id, route] : router.desired.of<route::Route>()) {
    if (router.owns(route.via)) {
      return fail(Fault::conflict, "/routes/" + id + "/via",
                  to_string(route.via) + " is an address that the router itself answers for");
    }
  }
  return {};
}

// Two routers on one wire never answer for the same address.
Result<void> check_owners(const Configuration& configuration) {
  std::map<std::tuple<std::string_view, std::uint16_t, Address>, std::string_view> owners;
  for (const auto& router : configuration.routers) {
    for (const Address& address : router->local_addresses) {
      const interface::Compiled* on = router->interfaces->on_link(address);
      const auto [owner, is_first] =
          owners.emplace(std::tuple{on->port, on->vlan, address}, router->id);
      if (!is_first) {
        return fail(Fault::conflict, "/routers/" + router->id,
                    to_string(address) + " on port '" + on->port + "', VLAN " +
                        std::to_string(on->vlan) + ", already belongs to router '" +
                        std::string{owner->second} + "'");
      }
    }
  }
  return {};
}

Result<void> check_ports(const Document& document) {
  std::map<std::string_view, std::string_view> opened_by;
  for (const auto& [id, port] : document.ports) {
    const auto [other, is_first] = opened_by.emplace(port.device_name(), id);
    if (!is_first) {
      return fail(Fault::conflict, "/ports/" + id + "/device",
                  std::string{port.device_name()} + " is already the device of port '" +
                      std::string{other->second} + "'");
    }
  }
  return {};
}

// Two interfaces are told apart by port, VLAN and Ethernet address.
Result<void> check_interfaces(const Document& document, std::uint16_t largest_mtu) {
  std::set<std::tuple<std::string, std::uint16_t, Mac>> seen;
  for (const auto& [router, resources] : document.routers) {
    for (const auto& [id, interface] : resources.of<interface::Interface>()) {
      std::string where = "/routers/";
      where.append(router).append("/interfaces/").append(id);
      if (!document.ports.contains(interface.port)) {
        return fail(Fault::invalid, where + "/port", "there is no port '" + interface.port + "'");
      }
      if (interface.mtu > largest_mtu) {
        return fail(Fault::invalid, where + "/mtu",
                    "packet buffers hold " + std::to_string(largest_mtu) +
                        " bytes; see largest_mtu in the settings");
      }
      const Mac mac = interface.mac.value_or(interface::derived_mac(router, id));
      if (!seen.emplace(interface.port, interface.vlan, mac).second) {
        return fail(Fault::conflict, where + "/mac",
                    "another interface on port '" + interface.port + "', VLAN " +
                        std::to_string(interface.vlan) + ", already is " + to_string(mac));
      }
    }
  }
  return {};
}

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

bool CompiledRouter::owns(const Address& address) const noexcept {
  return std::ranges::binary_search(local_addresses, address);
}

Result<Configuration> compile(const Document& document, Directory& directory,
                              std::uint16_t largest_mtu) {
  TRY(check_ports(document));
  TRY(check_interfaces(document, largest_mtu));
  Configuration compiled;
  for (const auto& [id, desired] : document.routers) {
    auto router = compile_router(id, desired, directory);
    if (!router) return fail_within("/routers/" + id, router.error());
    if (auto fits = check_next_hops(**router); !fits) {
      return fail_within("/routers/" + id, fits.error());
    }
    compiled.routers.push_back(*std::move(router));
  }
  TRY(check_owners(compiled));
  return compiled;
}

}  // namespace viaduct
