#include "dataplane/egress/egress.h"

namespace viaduct::egress {

Traffic Rule::traffic() const {
  return {protocol, ports, icmp_type, icmp_code};
}

Result<void> Rule::check() const {
  constexpr std::size_t most_pairs = 10'000;
  if (sources.size() * destinations.size() > most_pairs) {
    return fail(Fault::too_large, "/destinations",
                "more than " + std::to_string(most_pairs) +
                    " pairs of sources and destinations; split the rule");
  }
  return traffic().check();
}

Result<Table> Table::compile(const api::Named<Rule>& rules, const RouterContext& context) {
  Table table;
  const auto all = context.interfaces.all();
  table.first_ = all.data();
  table.by_interface_.resize(all.size());
  std::vector<std::vector<Condition>> conditions{all.size()};
  SlotsBelow slots = context.slots(Rule::collection);
  for (const auto& [id, rule] : rules) {
    const interface::Compiled* on = context.interfaces.find(rule.interface);
    if (on == nullptr || on->role != interface::Role::guest) {
      return fail(Fault::invalid, "/" + id + "/interface",
                  "router '" + std::string{context.router} + "' has no guest interface '" +
                      rule.interface + "'");
    }
    const auto index = static_cast<std::size_t>(on - table.first_);
    conditions[index].push_back({rule.traffic(), rule.sources, rule.destinations});
    table.by_interface_[index].all.push_back({slots(id), rule.on_remove});
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    table.by_interface_[i].classifier = Classifier{conditions[i]};
  }
  return table;
}

Table::Verdict Table::judge(const interface::Compiled& from, const Address& source,
                            const Address& destination, const TrafficFacts& packet) const noexcept {
  const bool allows = from.egress == interface::Policy::allow;
  const Exceptions& exceptions = by_interface_[static_cast<std::size_t>(&from - first_)];
  const auto number = exceptions.classifier.find(source, destination, packet);
  if (!number) return {allows, from.slot, from.egress_on_change};
  const Exception& exception = exceptions.all[*number];
  return {!allows, exception.rule, exception.on_remove};
}

}  // namespace viaduct::egress

VIADUCT_DEFINE_RESOURCE(viaduct::egress::Rule);
