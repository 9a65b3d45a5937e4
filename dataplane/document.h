#pragma once

#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "api/resource.h"
#include "dataplane/guest/guest.h"
#include "dataplane/rooms.h"

namespace viaduct {

template <class... Tables>
using RouterOf = api::Collections<interface::Interface, network::Settings, guest::Guest,
                                  route::Route, typename Tables::Resource...>;

// One router: its interfaces and what lives behind them, its routes, and the resources of every
// feature.
using Router = Rooms<RouterOf>;

// What the packet path is to do. A plain value: copied, edited, compiled, applied. See
// api/document.h.
struct Document {
  api::Named<interface::Port> ports;
  api::Named<Router> routers;
  static constexpr std::tuple own{&Document::ports};
  friend bool operator==(const Document&, const Document&) = default;
};

// Refuses what is not a document, with a pointer to the attribute. Says nothing about whether its
// parts fit together: compile() does.
Result<Document> read_document(const api::Json& body);
api::Json write_document(const Document& document);

template <class... Tables>
using TablesOf = std::tuple<std::shared_ptr<const Tables>...>;

// What sessions that were judged under the configuration before can no longer rely on.
struct Revoked {
  bool all = true;          // anything may have changed for any of them
  std::vector<Slot> rules;  // else: what these let in
};

// One router's tables, ready for the packet path. Immutable. Tables point into each other.
struct CompiledRouter {
  std::string id;
  Slot slot = 0;
  std::shared_ptr<const interface::Table> interfaces;
  std::shared_ptr<const guest::Table> guests;
  route::Table routes;
  std::vector<Address> local_addresses;  // all the router answers for, sorted
  Rooms<TablesOf> tables;
  Router desired;  // what it was compiled from
  Revoked revoked;

  template <class Table>
  [[nodiscard]] const Table& of() const noexcept {
    return *std::get<std::shared_ptr<const Table>>(tables);
  }
  [[nodiscard]] bool owns(const Address& address) const noexcept;
  // Whether `other` answers for the same addresses on the same interfaces.
  [[nodiscard]] bool has_same_addresses(const CompiledRouter& other) const noexcept {
    return interfaces == other.interfaces && local_addresses == other.local_addresses;
  }
};

// The whole configuration as the packet path reads it, but for the devices themselves.
struct Configuration {
  std::vector<std::shared_ptr<const CompiledRouter>> routers;  // by id
  api::Named<interface::Port> ports;

  [[nodiscard]] const std::shared_ptr<const CompiledRouter>* find(std::string_view id) const;
  // Whether `other` has the same ports, and the same routers with the same interfaces.
  [[nodiscard]] bool has_same_wires(const Configuration& other) const;
};

// Whether all tables of the two say the same. What was revoked on the way to each is no part of it.
[[nodiscard]] bool have_same_tables(const Configuration& a, const Configuration& b);

// Compiles the document, or tells what does not fit. Takes from `before` what did not change:
// routers, their interfaces, the tables of their rooms; so a small change of a large document costs
// little. `largest_mtu` is what the packet buffers hold.
//
// Slots are taken from `directory`, and those of what is no more are released: to be committed when
// the configuration is taken up, else rolled back.
Result<Configuration> compile(const Document& document, Directory& directory,
                              std::uint16_t largest_mtu = 9000, const Configuration& before = {});

}  // namespace viaduct

VIADUCT_DECLARE_DOCUMENT(viaduct::Document);
