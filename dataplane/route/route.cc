#include "dataplane/route/route.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

namespace viaduct::route {
namespace {

Result<void> check_via(const Route& route, const interface::Compiled* out) {
  const auto refuse = [&](std::string_view why) {
    return fail(Fault::invalid, "/via", to_string(route.via) + std::string{why});
  };
  if (out == nullptr) return refuse(" is in no network of this router");
  if (route.prefix.is_v4() != route.via.is_v4()) {
    return refuse(" is of another address family than the prefix");
  }
  if (std::ranges::find(out->addresses, route.via, &InterfaceAddress::address) !=
      out->addresses.end()) {
    return refuse(" is the router's own address");
  }
  if (out->sets_aside(route.via)) return refuse(" is no station's address");
  return {};
}

}  // namespace

Result<Table> Table::compile(const api::Named<Route>& routes, const interface::Table& interfaces) {
  using Pairs = std::vector<std::pair<Prefix, Entry>>;
  const auto all = interfaces.all();
  Pairs everything;
  std::vector<Pairs> separate(all.size());
  std::map<Prefix, const interface::Compiled*> connected;
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (const InterfaceAddress& own : all[i].addresses) {
      connected.emplace(own.network, &all[i]);
      everything.emplace_back(own.network, Entry{&all[i], std::nullopt});
      separate[i].emplace_back(own.network, Entry{&all[i], std::nullopt});
    }
  }
  std::set<std::pair<Prefix, const interface::Compiled*>> seen;
  for (const auto& [id, route] : routes) {
    const interface::Compiled* out = interfaces.on_link(route.via);
    if (auto fits = check_via(route, out); !fits) return fail_within("/" + id, fits.error());
    if (const auto own = connected.find(route.prefix); own != connected.end()) {
      return fail(
          Fault::conflict, "/" + id + "/prefix",
          to_string(route.prefix) + " is the network of interface '" + own->second->id + "'");
    }
    if (!seen.emplace(route.prefix, out).second) {
      return fail(
          Fault::conflict, "/" + id + "/prefix",
          to_string(route.prefix) + " already has a route through interface '" + out->id + "'");
    }
    everything.emplace_back(route.prefix, Entry{out, route.via});
    separate[static_cast<std::size_t>(out - all.data())].emplace_back(route.prefix,
                                                                      Entry{out, route.via});
  }
  Table table;
  table.routes_ = Entries{everything};
  for (const Pairs& pairs : separate) table.by_interface_.emplace_back(pairs);
  table.interfaces_ = &interfaces;
  return table;
}

std::optional<Hop> Table::find(const Address& destination) const noexcept {
  const Entry* entry = routes_.find(destination);
  if (entry == nullptr) return std::nullopt;
  return Hop{entry->interface, entry->via.value_or(destination)};
}

std::optional<Hop> Table::find_by(const interface::Compiled& interface,
                                  const Address& destination) const noexcept {
  const auto index = static_cast<std::size_t>(&interface - interfaces_->all().data());
  const Entry* entry = by_interface_[index].find(destination);
  if (entry == nullptr) return std::nullopt;
  return Hop{&interface, entry->via.value_or(destination)};
}

}  // namespace viaduct::route

VIADUCT_DEFINE_RESOURCE(viaduct::route::Route);
