#include "dataplane/port_forward/port_forward.h"

#include <algorithm>
#include <map>

#include "dataplane/model/endpoint_checks.h"
#include "dataplane/model/traffic.h"

namespace viaduct::port_forward {

Result<void> Rule::check() const {
  if (protocol != Protocol::tcp && protocol != Protocol::udp) {
    return fail(Fault::invalid, "/protocol", "only tcp and udp have ports to forward");
  }
  if (private_endpoint.address.is_v4() != public_endpoint.address.is_v4()) {
    return fail(Fault::invalid, "/private",
                to_string(private_endpoint.address) +
                    " is of another address family than the public endpoint");
  }
  if (public_endpoint.ports.size() != private_endpoint.ports.size()) {
    return fail(Fault::invalid, "/private",
                "has " + std::to_string(private_endpoint.ports.size()) + " ports for the " +
                    std::to_string(public_endpoint.ports.size()) + " of the public endpoint");
  }
  return check_sources(sources, public_endpoint.address);
}

void Table::claim(const api::Named<Rule>& rules, Claims& claims) {
  for (const auto& [id, rule] : rules) {
    claims.addresses.push_back(rule.public_endpoint.address);
    claims.ports.push_back({rule.protocol, rule.public_endpoint});
  }
}

Result<Table> Table::compile(const api::Named<Rule>& rules, const RouterContext& context) {
  struct Entry {
    const std::string* id;
    const Rule* rule;
  };
  std::map<std::pair<Protocol, Address>, std::vector<Entry>> by_address;
  for (const auto& [id, rule] : rules) {
    if (auto fits = check_public_address(context, rule.public_endpoint.address); !fits) {
      return fail_within("/" + id + "/public", fits.error());
    }
    if (auto fits = check_guest_address(context, rule.private_endpoint.address); !fits) {
      return fail_within("/" + id + "/private", fits.error());
    }
    by_address[{rule.protocol, rule.public_endpoint.address}].push_back({&id, &rule});
  }
  Table table{by_address.size()};
  table.forwards_.reserve(rules.size());
  for (auto& [key, entries] : by_address) {
    std::ranges::sort(entries, {}, [](const Entry& e) { return e.rule->public_endpoint.ports; });
    Span span{table.forwards_.size(), 0};
    for (const auto& [id, rule] : entries) {
      const PortRange ports = rule->public_endpoint.ports;
      if (span.begin < table.forwards_.size() && table.forwards_.back().ports.overlaps(ports)) {
        return fail(Fault::conflict, "/" + *id + "/public",
                    to_string(rule->public_endpoint) + " overlaps " +
                        std::string{context.directory.name(table.forwards_.back().rule)});
      }
      table.forwards_.push_back({ports, rule->private_endpoint, rule->sources,
                                 context.slot(Rule::collection, *id), rule->on_remove});
    }
    span.end = table.forwards_.size();
    (void)table.spans_.insert({key.first, key.second}, span);
  }
  return table;
}

const Table::Forward* Table::find(Protocol protocol, const Endpoint& at) const noexcept {
  const Span* span = spans_.find({protocol, at.address});
  if (span == nullptr) return nullptr;
  const auto begin = forwards_.begin() + static_cast<std::ptrdiff_t>(span->begin);
  const auto end = forwards_.begin() + static_cast<std::ptrdiff_t>(span->end);
  const auto after =
      std::upper_bound(begin, end, at.port,
                       [](std::uint16_t port, const Forward& f) { return port < f.ports.first; });
  if (after == begin || !std::prev(after)->ports.contains(at.port)) return nullptr;
  return &*std::prev(after);
}

}  // namespace viaduct::port_forward
