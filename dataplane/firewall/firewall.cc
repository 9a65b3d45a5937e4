#include "dataplane/firewall/firewall.h"

#include <map>
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
  std::map<std::pair<bool, Prefix>, std::vector<Opening>> grouped;  // IPv6 first, wider ones first
  for (const auto& [id, rule] : rules) {
    grouped[{rule.destination.is_v4(), rule.destination}].push_back(
        {rule.traffic(), rule.sources, context.slot(Rule::collection, id), rule.on_remove});
  }
  Table table;
  std::vector<std::pair<Prefix, std::uint32_t>> entries;
  std::uint32_t around = none;  // the innermost destination that may contain the next one
  for (auto& [key, openings] : grouped) {
    const Prefix& prefix = key.second;
    while (around != none && !entries[around].first.overlaps(prefix)) {
      around = table.destinations_[around].wider;
    }
    table.destinations_.push_back({std::move(openings), around});
    around = static_cast<std::uint32_t>(entries.size());
    entries.emplace_back(prefix, around);
  }
  table.by_prefix_ = PrefixMap<std::uint32_t>{entries};
  return table;
}

const Table::Opening* Table::find(const Address& source, const Address& destination,
                                  const TrafficFacts& packet) const noexcept {
  const auto* longest = by_prefix_.find(destination);
  for (auto i = longest == nullptr ? none : *longest; i != none; i = destinations_[i].wider) {
    for (const Opening& opening : destinations_[i].openings) {
      if (matches(opening.traffic, packet) && is_listed(opening.sources, source)) return &opening;
    }
  }
  return nullptr;
}

}  // namespace viaduct::firewall
