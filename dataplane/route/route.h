#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/resource.h"
#include "base/net.h"
#include "base/prefix_map.h"
#include "dataplane/interface/interface.h"
#include "dataplane/model/context.h"

// Where packets go: networks on the router's interfaces, and static routes through a neighbour.
namespace viaduct::route {

// A static route, as an operator writes it.
struct Route {
  Prefix prefix;
  Address via;

  static constexpr std::string_view collection = "routes";
  static constexpr std::string_view summary = "A static route through a neighbour.";
  static constexpr std::tuple fields{
      api::Field{"prefix", &Route::prefix, "destinations; 0.0.0.0/0 is the default route"},
      api::Field{"via", &Route::via, "next hop, an address in a network of the router"},
  };
  friend bool operator==(const Route&, const Route&) = default;
};

// Where one destination goes.
struct Hop {
  const interface::Compiled* interface = nullptr;
  Address next_hop;  // the destination itself if it is on the link
};

// All routes of one router. A destination may have a route on each of several interfaces: the
// first by id is used, the others when an answer must leave where its question came in.
class Table {
 public:
  using Resource = Route;
  // `interfaces` must outlive the table.
  static Result<Table> compile(const api::Named<Route>& routes, const interface::Table& interfaces);

  [[nodiscard]] std::optional<Hop> find(const Address& destination) const noexcept;
  // The same, but only by way of `interface`.
  [[nodiscard]] std::optional<Hop> find_by(const interface::Compiled& interface,
                                           const Address& destination) const noexcept;

  // Where each knows the interfaces by itself.
  friend bool operator==(const Table& a, const Table& b) {
    return a.routes_ == b.routes_ && a.by_interface_ == b.by_interface_;
  }

 private:
  struct Entry {
    const interface::Compiled* interface = nullptr;
    std::optional<Address> via;  // none: connected
    friend bool operator==(const Entry& a, const Entry& b) {
      const bool is_same_way =
          a.interface == b.interface || (a.interface != nullptr && b.interface != nullptr &&
                                         a.interface->slot == b.interface->slot);
      return is_same_way && a.via == b.via;
    }
  };
  using Entries = PrefixMap<Entry>;
  Entries routes_;
  std::vector<Entries> by_interface_;  // in the order of interface::Table::all()
  const interface::Table* interfaces_ = nullptr;
};

}  // namespace viaduct::route

VIADUCT_DECLARE_RESOURCE(viaduct::route::Route);
