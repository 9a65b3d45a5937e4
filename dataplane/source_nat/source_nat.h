#pragma once

#include <optional>
#include <tuple>
#include <vector>

#include "api/resource.h"
#include "base/prefix_map.h"
#include "dataplane/interface/interface.h"
#include "dataplane/model/on_remove.h"
#include "dataplane/route/route.h"

// Source NAT: many guests speak to the outside as a few public addresses. A guest endpoint keeps
// its public endpoint whomever it talks to (endpoint-independent mapping, RFC 4787 REQ-1), a guest
// keeps its public address (paired pooling, REQ-2), and a free port number is preserved.
//   10.1.1.20:40000 > 198.51.100.9:80   becomes   203.0.113.2:40000 > 198.51.100.9:80
namespace viaduct::source_nat {

class Mappings;

struct Rule {
  std::vector<Prefix> sources;
  std::vector<Address> addresses;
  OnRemove on_remove = OnRemove::cut;

  static constexpr std::string_view collection = "source_nats";
  static constexpr std::string_view summary =
      "Public addresses that guests share when they speak to the outside.";
  static constexpr std::tuple fields{
      api::Field{"sources", &Rule::sources,
                 "guests that it is for, the longest prefix deciding; empty makes it the router's "
                 "default",
                 api::Presence::optional},
      api::Field{"addresses", &Rule::addresses,
                 "the public addresses, in public networks of the router"},
      api::Field{"on_remove", &Rule::on_remove,
                 "what happens to live sessions when this is removed", api::Presence::optional},
  };
  [[nodiscard]] Result<void> check() const;
  friend bool operator==(const Rule&, const Rule&) = default;
};

class Table {
 public:
  using Resource = Rule;
  using State = Mappings;
  struct PublicAddress {
    Address address;
    Slot slot = 0;  // of the address itself: where its ports are kept, across generations
    friend bool operator==(const PublicAddress&, const PublicAddress&) = default;
  };
  struct Pool {
    std::vector<PublicAddress> addresses;
    Slot rule = 0;
    OnRemove on_remove = OnRemove::cut;
    // The address that `guest` speaks as: always the same one while the pool stays the same.
    [[nodiscard]] const PublicAddress& address_for(const Address& guest) const noexcept;
    // The same for networks whose guests have no address of their own: one for each endpoint.
    [[nodiscard]] const PublicAddress& address_for(const Endpoint& guest) const noexcept;
    friend bool operator==(const Pool&, const Pool&) = default;
  };

  // What some network of the router wants of public addresses beyond knowing which ports are free.
  struct Needs {
    bool holders = false;  // others than who was spoken to may come in
    bool permits = false;  // those at an address that was spoken to may
    bool peers = false;    // a mapping is for one peer's address
    bool blocks = false;   // ports are given away in blocks
    friend bool operator==(const Needs&, const Needs&) = default;
  };

  void claim(Claims& claims) const;
  // Refuses two defaults, two pools for one prefix, and addresses that stand for one guest.
  static constexpr bool heeds_claims = true;
  static Result<Table> compile(const api::Named<Rule>& rules, const RouterContext& context);

  // Gives back the slots of addresses that `next` has no more.
  void release(const Table& next, Directory& directory) const;

  // The pool that `guest` speaks from, or nullptr.
  [[nodiscard]] const Pool* find(const Address& guest) const noexcept;
  // The public address of a pool, or nullptr.
  [[nodiscard]] const PublicAddress* find_address(const Address& address) const noexcept;
  [[nodiscard]] const Needs& needs() const noexcept { return needs_; }
  // The router's own address on a guest interface, for guests that reach each other by a public
  // address; nullptr if it has none.
  [[nodiscard]] const PublicAddress* hairpin_address(Slot interface) const noexcept;
  // The ports around `endpoint` that are spoken for by another feature or a service, if it is one.
  [[nodiscard]] std::optional<PortRange> reserved_range(Protocol protocol,
                                                        const Endpoint& endpoint) const noexcept;
  [[nodiscard]] bool is_reserved(Protocol protocol, const Endpoint& endpoint) const noexcept {
    return reserved_range(protocol, endpoint).has_value();
  }
  // How many ports of an address, from `lowest` on, are left by other features and services.
  [[nodiscard]] std::uint32_t unreserved_ports(Protocol protocol, const Address& address,
                                               std::uint16_t lowest) const noexcept;
  // Calls visit(const PublicAddress&) for every address whose ports may be given to guests.
  template <class Visit>
  void each_address(Visit visit) const {
    for (const Pool& pool : pools_) {
      for (const PublicAddress& at : pool.addresses) visit(at);
    }
    for (const auto& [interface, at] : hairpins_) visit(at);
  }
  friend bool operator==(const Table&, const Table&) = default;

 private:
  std::vector<Pool> pools_;
  PrefixMap<std::uint32_t> by_source_;
  std::uint32_t default_pool_ = none;
  std::vector<PublicAddress> addresses_;  // of all pools, sorted
  Needs needs_;
  std::vector<std::pair<Slot, PublicAddress>> hairpins_;  // by guest interface
  std::vector<Claims::ReservedPorts> reserved_;  // sorted by address, protocol, port; apart
  static constexpr std::uint32_t none = ~0U;
};

}  // namespace viaduct::source_nat

VIADUCT_DECLARE_RESOURCE(viaduct::source_nat::Rule);
