#pragma once

#include <tuple>
#include <vector>

#include "api/resource.h"
#include "dataplane/interface/interface.h"
#include "dataplane/model/classifier.h"
#include "dataplane/model/on_remove.h"
#include "dataplane/model/traffic.h"
#include "dataplane/route/route.h"

// The outbound firewall: what guests may send out of their network. Each guest interface allows or
// denies by default; egress rules are the exceptions. Traffic between guests of one network is
// never judged.
namespace viaduct::egress {

struct Rule {
  std::string interface;
  std::optional<Protocol> protocol;
  std::optional<PortRange> ports;
  std::optional<api::Ranged<std::uint8_t, 0, 255>> icmp_type;
  std::optional<api::Ranged<std::uint8_t, 0, 255>> icmp_code;
  std::vector<Prefix> sources;
  std::vector<Prefix> destinations;
  OnRemove on_remove = OnRemove::cut;

  static constexpr std::string_view collection = "egress_rules";
  static constexpr std::string_view summary =
      "An exception to what a guest network may send: it denies where the network allows by "
      "default, and allows where the network denies.";
  static constexpr std::tuple fields{
      api::Field{"interface", &Rule::interface, "id of the guest interface"},
      api::Field{"protocol", &Rule::protocol,
                 "tcp, udp, icmp, gre, esp or a number; every protocol if left out",
                 api::Presence::optional},
      api::Field{"ports", &Rule::ports,
                 "tcp and udp: destination port or first-last; every port if left out",
                 api::Presence::optional},
      api::Field{"icmp_type", &Rule::icmp_type, "icmp: type; every type if left out",
                 api::Presence::optional},
      api::Field{"icmp_code", &Rule::icmp_code, "icmp: code; every code if left out",
                 api::Presence::optional},
      api::Field{"sources", &Rule::sources, "guests it speaks of; empty means all",
                 api::Presence::optional},
      api::Field{"destinations", &Rule::destinations, "where they send; empty means anywhere",
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
  struct Verdict {
    bool allowed = true;
    Slot rule = 0;  // of the rule that decided, or of the interface whose default did
    OnRemove on_remove = OnRemove::cut;
  };

  static Result<Table> compile(const api::Named<Rule>& rules, const RouterContext& context);

  // REQUIRES: `from` is a guest interface of the router.
  [[nodiscard]] Verdict judge(const interface::Compiled& from, const Address& source,
                              const Address& destination,
                              const TrafficFacts& packet) const noexcept;

  // Where each knows the interfaces by itself.
  friend bool operator==(const Table& a, const Table& b) {
    return a.by_interface_ == b.by_interface_;
  }

 private:
  struct Exception {
    Slot rule = 0;
    OnRemove on_remove = OnRemove::cut;
    friend bool operator==(const Exception&, const Exception&) = default;
  };
  struct Exceptions {
    Classifier classifier;
    std::vector<Exception> all;  // by the classifier's numbers
    friend bool operator==(const Exceptions&, const Exceptions&) = default;
  };
  std::vector<Exceptions> by_interface_;  // in the order of interface::Table::all()
  const interface::Compiled* first_ = nullptr;
};

}  // namespace viaduct::egress

VIADUCT_DECLARE_RESOURCE(viaduct::egress::Rule);
