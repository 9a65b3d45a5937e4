#pragma once

#include <tuple>
#include <vector>

#include "api/resource.h"
#include "dataplane/interface/interface.h"
#include "dataplane/model/classifier.h"
#include "dataplane/model/on_remove.h"
#include "dataplane/model/traffic.h"
#include "dataplane/route/route.h"

// The inbound firewall: what the outside may open. Everything from outside, and everything that
// guests send to a public address, is refused unless a rule opens it. Rules speak of addresses and
// ports as the sender wrote them, before any translation. Answers to what guests opened are not
// judged here: the flow table lets them in.
namespace viaduct::firewall {

struct Rule {
  Prefix destination;
  std::optional<Protocol> protocol;
  std::optional<PortRange> ports;
  std::optional<api::Ranged<std::uint8_t, 0, 255>> icmp_type;
  std::optional<api::Ranged<std::uint8_t, 0, 255>> icmp_code;
  std::vector<Prefix> sources;
  OnRemove on_remove = OnRemove::cut;

  static constexpr std::string_view collection = "firewall_rules";
  static constexpr bool only_lets_in = true;  // where nothing is let in without one
  static constexpr std::string_view summary =
      "Opens a public address to the outside; without one, nothing comes in.";
  static constexpr std::tuple fields{
      api::Field{"destination", &Rule::destination,
                 "the address (or prefix) that is opened, as the outside sees it"},
      api::Field{"protocol", &Rule::protocol,
                 "tcp, udp, icmp, gre, esp or a number; every protocol if left out",
                 api::Presence::optional},
      api::Field{"ports", &Rule::ports,
                 "tcp and udp: public port or first-last; every port if left out",
                 api::Presence::optional},
      api::Field{"icmp_type", &Rule::icmp_type, "icmp: type; every type if left out",
                 api::Presence::optional},
      api::Field{"icmp_code", &Rule::icmp_code, "icmp: code; every code if left out",
                 api::Presence::optional},
      api::Field{"sources", &Rule::sources, "who is let in; empty means everybody",
                 api::Presence::optional},
      api::Field{"on_remove", &Rule::on_remove,
                 "what happens to live sessions when this is removed", api::Presence::optional},
  };
  [[nodiscard]] Traffic traffic() const;
  [[nodiscard]] Result<void> check() const;
  friend bool operator==(const Rule&, const Rule&) = default;
};

class Table {
 public:
  using Resource = Rule;
  struct Opening {
    Slot rule = 0;
    OnRemove on_remove = OnRemove::cut;
    friend bool operator==(const Opening&, const Opening&) = default;
  };

  static Result<Table> compile(const api::Named<Rule>& rules, const RouterContext& context);

  // The rule that lets a packet from `source` to `destination` in, or nullptr. The rule of the
  // longest destination prefix is named if several do.
  [[nodiscard]] const Opening* find(const Address& source, const Address& destination,
                                    const TrafficFacts& packet) const noexcept;
  friend bool operator==(const Table&, const Table&) = default;

 private:
  Classifier classifier_;
  std::vector<Opening> openings_;  // by the classifier's numbers
};

}  // namespace viaduct::firewall

VIADUCT_DECLARE_RESOURCE(viaduct::firewall::Rule);
