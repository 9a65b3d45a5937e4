#include "dataplane/document.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "base/flat_map.h"
#include "base/hash.h"

namespace viaduct {
namespace {

template <class R>
SlotsBelow slots_of(Directory& directory, const std::string& router) {
  return {directory, "/routers/" + router + "/" + std::string{R::collection} + "/"};
}

// One router on its way from its document to its tables, with what it was compiled to before.
class RouterCompiler {
 public:
  RouterCompiler(const std::string& id, const Router& desired, Directory& directory,
                 const CompiledRouter* before)
      : id_(id), desired_(desired), directory_(directory), before_(before) {}

  Result<std::shared_ptr<const CompiledRouter>> run() {
    auto router = std::make_shared<CompiledRouter>();
    router->id = id_;
    router->slot = directory_.slot("/routers/" + id_);
    router->desired = desired_;
    TRY(compile_networks(*router));
    TRY(compile_rooms(*router, std::type_identity<Rooms<TablesOf>>{}));
    collect_addresses(*router);
    router->revoked = find_revoked();
    if (before_ != nullptr) release_slots(*before_, desired_, directory_);
    return router;
  }

  // The slots of `before`'s resources that are not in `next`.
  static void release_slots(const CompiledRouter& before, const Router& next,
                            Directory& directory) {
    Router::for_each_type([&]<class R>() {
      SlotsBelow slots = slots_of<R>(directory, before.id);
      api::Named<R>::compare(before.desired.of<R>(), next.of<R>(),
                             [&](const std::string& id, const R* /*old*/, const R* now) {
                               if (now == nullptr) slots.release(id);
                               return true;
                             });
    });
  }

 private:
  // A rule that only lets in takes nothing from others by coming, and by going only from those that
  // it let in.
  [[nodiscard]] Revoked find_revoked() const {
    Revoked revoked{.all = before_ == nullptr};
    if (revoked.all) return revoked;
    Router::for_each_type([&]<class R>() {
      if constexpr (requires { R::judges_no_session; }) {
        return;
      } else if constexpr (requires { R::only_lets_in; }) {
        SlotsBelow slots = slots_of<R>(directory_, id_);
        api::Named<R>::compare(before_->desired.of<R>(), desired_.of<R>(),
                               [&](const std::string& id, const R* old, const R* /*now*/) {
                                 if (old != nullptr) revoked.rules.push_back(*slots.find(id));
                                 return true;
                               });
      } else {
        revoked.all = revoked.all || !is_same<R>();
      }
    });
    return revoked;
  }

  template <class R>
  [[nodiscard]] bool is_same() const {
    return before_ != nullptr && before_->desired.of<R>() == desired_.of<R>();
  }

  // Tables point at the interfaces, so those must be in their final place first.
  Result<void> compile_networks(CompiledRouter& router) {
    using interface::Interface;
    using network::Settings;
    using route::Route;
    const bool are_interfaces_same = is_same<Interface>() && is_same<Settings>();
    if (are_interfaces_same) {
      router.interfaces = before_->interfaces;
    } else {
      const auto fits =
          interface::check_networks(desired_.of<Interface>(), desired_.of<Settings>());
      if (!fits) return within(Settings::collection, fits.error());
      auto made = interface::Table::compile(id_, desired_.of<Interface>(), desired_.of<Settings>(),
                                            directory_);
      if (!made) return within(Interface::collection, made.error());
      router.interfaces = std::make_shared<const interface::Table>(*std::move(made));
    }
    if (are_interfaces_same && is_same<guest::Guest>()) {
      router.guests = before_->guests;
    } else {
      auto guests = guest::Table::compile(desired_.of<guest::Guest>(), *router.interfaces);
      if (!guests) return within(guest::Guest::collection, guests.error());
      router.guests = std::make_shared<const guest::Table>(*std::move(guests));
    }
    if (are_interfaces_same && is_same<Route>()) {
      router.routes = before_->routes;
      are_networks_same_ = true;
      return {};
    }
    auto routes = route::Table::compile(desired_.of<Route>(), *router.interfaces);
    if (!routes) return within(Route::collection, routes.error());
    router.routes = *std::move(routes);
    return {};
  }

  template <class... Tables>
  Result<void> compile_rooms(CompiledRouter& router,
                             std::type_identity<std::tuple<std::shared_ptr<Tables>...>> /*shape*/) {
    Result<void> outcome;
    ((outcome = outcome ? compile_room<std::remove_const_t<Tables>>(router) : outcome), ...);
    return outcome;
  }

  template <class Table>
  Result<void> compile_room(CompiledRouter& router) {
    auto& place = std::get<std::shared_ptr<const Table>>(router.tables);
    const bool is_reused = can_reuse<Table>();
    if (is_reused) {
      place = std::get<std::shared_ptr<const Table>>(before_->tables);
    } else {
      auto table = make_table<Table>(router);
      if (!table) return within(Table::Resource::collection, table.error());
      place = std::make_shared<const Table>(*std::move(table));
    }
    if constexpr (requires { place->release(*place, directory_); }) {
      if (before_ != nullptr) before_->of<Table>().release(*place, directory_);
    }
    if constexpr (requires { place->claim(claims_); }) {
      place->claim(claims_);
      are_claims_same_ &= is_reused;
    }
    return {};
  }

  template <class Table>
  [[nodiscard]] bool can_reuse() const {
    if constexpr (requires { Table::heeds_claims; }) {
      if (!are_claims_same_) return false;
    }
    return are_networks_same_ && is_same<typename Table::Resource>();
  }

  template <class Table>
  Result<Table> make_table(const CompiledRouter& router) {
    const auto& resources = desired_.of<typename Table::Resource>();
    const RouterContext context{id_, *router.interfaces, router.routes, claims_, directory_};
    if constexpr (requires { &Table::revise; }) {
      if (are_networks_same_) {
        return Table::revise(before_->of<Table>(), before_->desired.of<typename Table::Resource>(),
                             resources, context);
      }
    }
    return Table::compile(resources, context);
  }

  void collect_addresses(CompiledRouter& router) {
    auto& local = router.local_addresses;
    local = std::move(claims_.addresses);
    local.push_back(punt::metadata_address);
    for (const auto& interface : router.interfaces->all()) {
      for (const InterfaceAddress& own : interface.addresses) local.push_back(own.address);
    }
    std::ranges::sort(local);
    local.erase(std::unique(local.begin(), local.end()), local.end());
  }

  static tl::unexpected<Error> within(std::string_view collection, Error error) {
    return fail_within("/" + std::string{collection}, std::move(error));
  }

  const std::string& id_;
  const Router& desired_;
  Directory& directory_;
  const CompiledRouter* before_;
  bool are_networks_same_ = false;
  bool are_claims_same_ = true;
  Claims claims_;
};

// Gives back the slots of a router that is no more.
void release_all(const CompiledRouter& router, Directory& directory) {
  RouterCompiler::release_slots(router, {}, directory);
  std::apply(
      [&](const auto&... table) {
        const auto release = [&]<class Table>(const std::shared_ptr<const Table>& from) {
          if constexpr (requires { from->release(Table{}, directory); }) {
            from->release({}, directory);
          }
        };
        (release(table), ...);
      },
      router.tables);
  directory.release(router.slot);
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

// Whether each router answers for nothing that it did not answer for before, on the same wires.
bool claims_nothing_new(const Configuration& now, const Configuration& before) {
  return std::ranges::all_of(now.routers, [&](const auto& router) {
    const auto* known = before.find(router->id);
    return known != nullptr &&
           (*known == router ||
            ((*known)->interfaces == router->interfaces &&
             std::ranges::includes((*known)->local_addresses, router->local_addresses)));
  });
}

// An address on one wire.
struct Place {
  std::size_t wire = 0;
  Address address;
  friend bool operator==(const Place&, const Place&) = default;
};
struct HashPlace {
  std::size_t operator()(const Place& place) const noexcept {
    return hash(place.address, place.wire) >> 8;
  }
};

// Two routers on one wire never answer for the same address.
Result<void> check_owners(const Configuration& configuration) {
  std::map<std::pair<std::string_view, std::uint16_t>, std::size_t> wires;
  std::size_t count = 0;
  for (const auto& router : configuration.routers) count += router->local_addresses.size();
  FlatMap<Place, const CompiledRouter*, HashPlace> owners{count};
  for (const auto& router : configuration.routers) {
    for (const Address& address : router->local_addresses) {
      if (address == punt::metadata_address) continue;  // each has it for its own guests
      const interface::Compiled* on = router->interfaces->on_link(address);
      const std::size_t wire = wires.try_emplace({on->port, on->vlan}, wires.size()).first->second;
      if (owners.insert({wire, address}, router.get())) continue;
      return fail(Fault::conflict, "/routers/" + router->id,
                  to_string(address) + " on port '" + on->port + "', VLAN " +
                      std::to_string(on->vlan) + ", already belongs to router '" +
                      (*owners.find({wire, address}))->id + "'");
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

bool has_same_interfaces(const Document& document, const Configuration& before) {
  return document.ports == before.ports &&
         std::ranges::all_of(document.routers, [&](const auto& each) {
           const auto* known = before.find(each.first);
           return known != nullptr && (*known)->desired.template of<interface::Interface>() ==
                                          each.second.template of<interface::Interface>();
         });
}

template <class... Tables>
bool have_same_rooms(const CompiledRouter& a, const CompiledRouter& b,
                     std::type_identity<std::tuple<std::shared_ptr<const Tables>...>> /*shape*/) {
  return ((a.of<Tables>() == b.of<Tables>()) && ...);
}

bool have_same_tables(const CompiledRouter& a, const CompiledRouter& b) {
  return a.id == b.id && a.slot == b.slot && *a.interfaces == *b.interfaces &&
         *a.guests == *b.guests && a.routes == b.routes && a.local_addresses == b.local_addresses &&
         have_same_rooms(a, b, std::type_identity<Rooms<TablesOf>>{});
}

}  // namespace

bool have_same_tables(const Configuration& a, const Configuration& b) {
  return a.ports == b.ports &&
         std::ranges::equal(a.routers, b.routers, [](const auto& one, const auto& other) {
           return have_same_tables(*one, *other);
         });
}

bool CompiledRouter::owns(const Address& address) const noexcept {
  return std::ranges::binary_search(local_addresses, address);
}

const std::shared_ptr<const CompiledRouter>* Configuration::find(std::string_view id) const {
  const auto found = std::ranges::lower_bound(
      routers, id, {}, [](const auto& router) -> std::string_view { return router->id; });
  return found == routers.end() || (*found)->id != id ? nullptr : &*found;
}

bool Configuration::has_same_wires(const Configuration& other) const {
  return ports == other.ports &&
         std::ranges::equal(routers, other.routers, [](const auto& a, const auto& b) {
           return a->id == b->id && a->interfaces == b->interfaces;
         });
}

Result<Configuration> compile(const Document& document, Directory& directory,
                              std::uint16_t largest_mtu, const Configuration& before) {
  if (!has_same_interfaces(document, before)) {
    TRY(check_ports(document));
    TRY(check_interfaces(document, largest_mtu));
  }
  Configuration compiled;
  compiled.ports = document.ports;
  compiled.routers.reserve(document.routers.size());
  for (const auto& [id, desired] : document.routers) {
    const auto* known = before.find(id);
    if (known != nullptr && (*known)->desired == desired) {
      compiled.routers.push_back(*known);
      continue;
    }
    auto router =
        RouterCompiler{id, desired, directory, known == nullptr ? nullptr : known->get()}.run();
    if (!router) return fail_within("/routers/" + id, router.error());
    if (auto fits = check_next_hops(**router); !fits) {
      return fail_within("/routers/" + id, fits.error());
    }
    compiled.routers.push_back(*std::move(router));
  }
  for (const auto& router : before.routers) {
    if (!document.routers.contains(router->id)) release_all(*router, directory);
  }
  if (!claims_nothing_new(compiled, before)) TRY(check_owners(compiled));
  return compiled;
}

}  // namespace viaduct
