#pragma once

#include <tuple>

#include "api/resource.h"
#include "base/flat_map.h"
#include "base/hash.h"
#include "dataplane/interface/interface.h"
#include "dataplane/model/on_remove.h"
#include "dataplane/route/route.h"

// Static NAT: one public address stands for one guest, both ways, ports untouched. It wins over
// port forwards of the same address and over source NAT of the same guest. What may come in is the
// firewall's business.
//   198.51.100.9:4000 > 203.0.113.7:22   becomes   198.51.100.9:4000 > 10.1.1.20:22
//   10.1.1.20:5000 > 198.51.100.9:80     becomes   203.0.113.7:5000 > 198.51.100.9:80
namespace viaduct::static_nat {

struct Rule {
  Address public_address;
  Address private_address;
  OnRemove on_remove = OnRemove::cut;

  static constexpr std::string_view collection = "static_nats";
  static constexpr std::string_view summary =
      "One public address for one guest, in both directions, whatever the port.";
  static constexpr std::tuple fields{
      api::Field{"public", &Rule::public_address,
                 "the address that the outside sees, in a public network of the router"},
      api::Field{"private", &Rule::private_address, "the guest's address"},
      api::Field{"on_remove", &Rule::on_remove,
                 "what happens to live sessions when this is removed", api::Presence::optional},
  };
  [[nodiscard]] Result<void> check() const;
  friend bool operator==(const Rule&, const Rule&) = default;
};

class Table {
 public:
  using Resource = Rule;
  struct Mapping {
    Address address;  // the other side
    Slot rule = 0;
    OnRemove on_remove = OnRemove::cut;
    friend bool operator==(const Mapping&, const Mapping&) = default;
  };

  void claim(Claims& claims) const;
  // Refuses two mappings of one address on either side.
  static Result<Table> compile(const api::Named<Rule>& rules, const RouterContext& context);

  [[nodiscard]] const Mapping* inward(const Address& public_address) const noexcept {
    return inward_.find(public_address);
  }
  [[nodiscard]] const Mapping* outward(const Address& private_address) const noexcept {
    return outward_.find(private_address);
  }
  friend bool operator==(const Table&, const Table&) = default;

 private:
  struct Hash {
    std::size_t operator()(const Address& address) const noexcept { return hash(address) >> 8; }
  };
  explicit Table(std::size_t rules) : inward_(rules), outward_(rules) {}
  FlatMap<Address, Mapping, Hash> inward_;
  FlatMap<Address, Mapping, Hash> outward_;
};

}  // namespace viaduct::static_nat

VIADUCT_DECLARE_RESOURCE(viaduct::static_nat::Rule);
