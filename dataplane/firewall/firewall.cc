#include "dataplane/firewall/firewall.h"

#include <utility>

namespace viaduct::firewall {

Traffic Rule::traffic() const {
  return {protocol, ports, icmp_type, icmp_code};
}

Result<void> Rule::check() const {
  TRY(traffic().check());
  return check_sources(sources, destination.base());
}

Result<Table> Table::compile(const api::Named<Rule>& rules, const RouterContext& context) {
  Table table;
  std::vector<Condition> conditions;
  conditions.reserve(rules.size());
  table.openings_.reserve(rules.size());
  SlotsBelow slots = context.slots(Rule::collection);
  for (const auto& [id, rule] : rules) {
    conditions.push_back({rule.traffic(), rule.sources, {rule.destination}});
    table.openings_.push_back({slots(id), rule.on_remove});
  }
  table.classifier_ = Classifier{conditions};
  return table;
}

const Table::Opening* Table::find(const Address& source, const Address& destination,
                                  const TrafficFacts& packet) const noexcept {
  const auto number = classifier_.find(source, destination, packet);
  return number ? &openings_[*number] : nullptr;
}

}  // namespace viaduct::firewall

VIADUCT_DEFINE_RESOURCE(viaduct::firewall::Rule);
