#include "dataplane/egress/egress.h"

namespace viaduct::egress {

Traffic Rule::traffic() const {
  return {protocol, ports, icmp_type, icmp_code};
}

Result<Table> Table::compile(const api::Named<Rule>& rules, const RouterContext& context) {
  Table table;
  const auto all = context.interfaces.all();
  table.first_ = all.data();
  table.by_interface_.resize(all.size());
  for (const auto& [id, rule] : rules) {
    const interface::Compiled* on = context.interfaces.find(rule.interface);
    if (on == nullptr || on->role != interface::Role::guest) {
      return fail(Fault::invalid, "/" + id + "/interface",
                  "router '" + std::string{context.router} + "' has no guest interface '" +
                      rule.interface + "'");
    }
    table.by_interface_[static_cast<std::size_t>(on - table.first_)].push_back(
        {rule.traffic(), rule.sources, rule.destinations, context.slot(Rule::collection, id),
         rule.on_remove});
  }
  return table;
}

Table::Verdict Table::judge(const interface::Compiled& from, const Address& source,
                            const Address& destination, const TrafficFacts& packet) const noexcept {
  const bool allows = from.egress == interface::Policy::allow;
  for (const Exception& exception : by_interface_[static_cast<std::size_t>(&from - first_)]) {
    if (matches(exception.traffic, packet) && is_listed(exception.sources, source) &&
        is_listed(exception.destinations, destination)) {
      return {!allows, exception.rule, exception.on_remove};
    }
  }
  return {allows, from.slot, OnRemove::cut};
}

}  // namespace viaduct::egress
