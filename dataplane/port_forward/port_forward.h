#pragma once

#include <tuple>
#include <vector>

#include "api/resource.h"
#include "base/flat_map.h"
#include "base/hash.h"
#include "dataplane/interface/interface.h"
#include "dataplane/model/on_remove.h"
#include "dataplane/route/route.h"

// Port forwarding: connections to a public endpoint are sent on to a private one. A range of public
// ports goes to as many private ports, in order, which may begin elsewhere.
//   198.51.100.9:4000 > 203.0.113.7:8005 with public 203.0.113.7:8000-8010,
//   private 10.1.1.20:9000-9010 becomes 198.51.100.9:4000 > 10.1.1.20:9005
namespace viaduct::port_forward {

struct Rule {
  Protocol protocol{};
  EndpointRange public_endpoint;
  EndpointRange private_endpoint;
  std::vector<Prefix> sources;
  OnRemove on_remove = OnRemove::cut;

  static constexpr std::string_view collection = "port_forwards";
  static constexpr bool only_lets_in = true;  // where nothing is let in without one
  static constexpr std::string_view summary =
      "Connections to ports of a public address, sent on to ports of a guest.";
  static constexpr std::tuple fields{
      api::Field{"protocol", &Rule::protocol, "tcp or udp"},
      api::Field{"public", &Rule::public_endpoint,
                 "address:port or address:first-last that the outside connects to"},
      api::Field{"private", &Rule::private_endpoint,
                 "address:port or address:first-last of the guest that answers; as many ports"},
      api::Field{"sources", &Rule::sources, "who is forwarded; empty means everybody",
                 api::Presence::optional},
      api::Field{"on_remove", &Rule::on_remove,
                 "what happens to live sessions when this is removed", api::Presence::optional},
  };
  [[nodiscard]] Result<void> check() const;
  friend bool operator==(const Rule&, const Rule&) = default;
};

class Table {
 public:
  using Resource = Rule;
  struct Forward {
    Protocol protocol{};
    EndpointRange at;
    EndpointRange target;
    std::vector<Prefix> sources;
    Slot rule = 0;
    OnRemove on_remove = OnRemove::cut;
    [[nodiscard]] Endpoint target_of(std::uint16_t public_port) const {
      return {target.address,
              static_cast<std::uint16_t>(target.ports.first + (public_port - at.ports.first))};
    }
    friend bool operator==(const Forward&, const Forward&) = default;
  };

  void claim(Claims& claims) const;
  // Refuses two forwards of one public endpoint.
  static Result<Table> compile(const api::Named<Rule>& rules, const RouterContext& context);
  // The same, from `before`, which `rules_before` compiled to in the same networks: only what
  // differs is looked at closely.
  static Result<Table> revise(const Table& before, const api::Named<Rule>& rules_before,
                              const api::Named<Rule>& rules, const RouterContext& context);

  // The forward of this public endpoint, whoever connects; nullptr if there is none.
  [[nodiscard]] const Forward* find(Protocol protocol, const Endpoint& at) const noexcept;
  friend bool operator==(const Table&, const Table&) = default;

 private:
  struct Key {
    Protocol protocol{};
    Address address;
    friend constexpr bool operator==(const Key&, const Key&) = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const noexcept {
      return hash(key.address, static_cast<std::uint64_t>(key.protocol)) >> 8;
    }
  };
  struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;
    friend bool operator==(const Span&, const Span&) = default;
  };
  // Takes forwards in order. Refuses one that overlaps the one before it.
  [[nodiscard]] Result<void> add(const Forward& forward, const Directory& directory);
  void find_spans();

  FlatMap<Key, Span, Hash> spans_;
  std::vector<Forward> forwards_;  // by address, protocol and first port
};

}  // namespace viaduct::port_forward

VIADUCT_DECLARE_RESOURCE(viaduct::port_forward::Rule);
