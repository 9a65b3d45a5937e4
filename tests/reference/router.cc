#include "tests/reference/router.h"

#include <algorithm>

namespace viaduct::test::reference {
namespace {

using interface::Interface;
using interface::Role;

Address v4(std::uint32_t host) {
  return Address::v4(Be32::of(host));
}

bool is_in(const std::vector<Prefix>& prefixes, const Address& address) {
  return prefixes.empty() ||
         std::ranges::any_of(prefixes, [&](const Prefix& p) { return p.contains(address); });
}

// Whether a firewall or egress rule speaks of this kind of traffic.
bool speaks_of(const Traffic& rule, const Facts& facts) {
  if (rule.protocol && *rule.protocol != facts.protocol) return false;
  if (rule.ports && !rule.ports->contains(facts.destination_port)) return false;
  if (rule.icmp_type && *rule.icmp_type != facts.icmp_type) return false;
  return !rule.icmp_code || *rule.icmp_code == facts.icmp_code;
}

// The length of the longest prefix around `address`; 0 for an empty list, which means any.
std::optional<unsigned> longest(const std::vector<Prefix>& prefixes, const Address& address) {
  if (prefixes.empty()) return 0;
  std::optional<unsigned> length;
  for (const Prefix& prefix : prefixes) {
    if (prefix.contains(address)) length = std::max(length.value_or(0), prefix.length());
  }
  return length;
}

}  // namespace

const Interface& RouterDocument::interface(const std::string& id) const {
  return desired_.of<Interface>().find(id)->second;
}

bool RouterDocument::has_interface(const std::string& id) const {
  return desired_.of<Interface>().contains(id);
}

bool RouterDocument::is_outside(const std::string& id) const {
  return role(id) != Role::guest;
}

bool RouterDocument::lets_in_more_than_answers() const {
  return std::ranges::any_of(desired_.of<Interface>(), [&](const auto& each) {
    const network::Settings settings = network(each.first);
    return settings.filtering != network::Dependence::address_and_port ||
           settings.hairpin_source == network::Hairpin::public_endpoint;
  });
}

network::Settings RouterDocument::network(const std::string& id) const {
  const auto& all = desired_.of<network::Settings>();
  const auto found = all.find(id);
  network::Settings settings = found == all.end() ? network::Settings{} : found->second;
  if (fault_ == Fault::maps_whoever_is_spoken_to_alike) {
    settings.mapping = network::Dependence::endpoint_independent;
  }
  if (fault_ == Fault::lets_in_answers_alone) {
    settings.filtering = network::Dependence::address_and_port;
  }
  if (fault_ == Fault::ignores_limits_of_guests) {
    settings.ports_per_guest = network::defaults.ports_per_guest;
    settings.sessions_per_guest = network::defaults.sessions_per_guest;
  }
  if (fault_ == Fault::gives_no_blocks) settings.port_block = 0;
  if (fault_ == Fault::never_clamps) settings.clamp_mss = false;
  return settings;
}

std::string RouterDocument::on_link(const Address& address) const {
  for (const auto& [id, interface] : desired_.of<Interface>()) {
    for (const InterfaceAddress& own : interface.addresses) {
      if (own.network.contains(address)) return id;
    }
  }
  return "";
}

bool RouterDocument::owns(const Address& address) const {
  if (address == v4(0xa9fea9fe)) return true;  // where metadata is asked for
  for (const auto& [id, interface] : desired_.of<Interface>()) {
    for (const InterfaceAddress& own : interface.addresses) {
      if (own.address == address) return true;
    }
  }
  for (const auto& [id, rule] : desired_.of<static_nat::Rule>()) {
    if (rule.public_address == address) return true;
  }
  for (const auto& [id, rule] : desired_.of<port_forward::Rule>()) {
    if (rule.public_endpoint.address == address) return true;
  }
  for (const auto& [id, rule] : desired_.of<source_nat::Rule>()) {
    if (std::ranges::find(rule.addresses, address) != rule.addresses.end()) return true;
  }
  return false;
}

bool RouterDocument::is_for_all(const Address& address) const {
  if (address.is_multicast() || address == v4(0xffffffff)) return true;
  for (const auto& [id, interface] : desired_.of<Interface>()) {
    for (const InterfaceAddress& own : interface.addresses) {
      // A network of one or two addresses has no broadcast (RFC 3021).
      if (own.network.written_length() < 31 && own.network.last() == address) return true;
    }
  }
  return false;
}

std::optional<Address> RouterDocument::address_facing(const std::string& id,
                                                      const Address& peer) const {
  const auto& addresses = interface(id).addresses;
  for (const InterfaceAddress& own : addresses) {
    if (own.network.contains(peer)) return own.address;
  }
  return addresses.empty() ? std::nullopt : std::optional{addresses.front().address};
}

// Visits every way to `destination`: networks first, then routes by id.
template <class Visit>
void RouterDocument::each_hop(const Address& destination, Visit visit) const {
  for (const auto& [id, interface] : desired_.of<Interface>()) {
    for (const InterfaceAddress& own : interface.addresses) {
      if (own.network.contains(destination)) visit(own.network, Hop{id, destination});
    }
  }
  for (const auto& [id, route] : desired_.of<route::Route>()) {
    if (route.prefix.contains(destination)) visit(route.prefix, Hop{on_link(route.via), route.via});
  }
}

std::optional<Hop> RouterDocument::route(const Address& destination) const {
  return route_by("", destination);
}

// By way of any interface if `id` is empty.
std::optional<Hop> RouterDocument::route_by(const std::string& id,
                                            const Address& destination) const {
  std::optional<Hop> best;
  unsigned length = 0;
  each_hop(destination, [&](const Prefix& prefix, const Hop& hop) {
    if (!id.empty() && hop.interface != id) return;
    const bool is_better = fault_ == Fault::takes_the_shortest_prefix ? prefix.length() < length
                                                                      : prefix.length() > length;
    if (best && !is_better) return;
    best = hop;
    length = prefix.length();
  });
  return best;
}

bool RouterDocument::offers(const std::string& id, Protocol protocol, std::uint16_t port) const {
  const Interface& on = interface(id);
  return std::ranges::any_of(on.effective_services(), [&](punt::Service service) {
    return std::ranges::any_of(
        punt::facts(service).ports(), [&](const punt::ServicePorts& accepts) {
          return accepts.protocol == protocol && accepts.ports.contains(port);
        });
  });
}

std::optional<Named<static_nat::Rule>> RouterDocument::static_nat_at(
    const Address& public_address) const {
  for (const auto& [id, rule] : desired_.of<static_nat::Rule>()) {
    if (rule.public_address == public_address) return Named<static_nat::Rule>{id, rule};
  }
  return std::nullopt;
}

std::optional<Named<static_nat::Rule>> RouterDocument::static_nat_of(const Address& guest) const {
  for (const auto& [id, rule] : desired_.of<static_nat::Rule>()) {
    if (rule.private_address == guest) return Named<static_nat::Rule>{id, rule};
  }
  return std::nullopt;
}

std::optional<Named<port_forward::Rule>> RouterDocument::forward_at(
    Protocol protocol, const Endpoint& public_endpoint) const {
  for (const auto& [id, rule] : desired_.of<port_forward::Rule>()) {
    if (rule.protocol == protocol && rule.public_endpoint.address == public_endpoint.address &&
        rule.public_endpoint.ports.contains(public_endpoint.port)) {
      return Named<port_forward::Rule>{id, rule};
    }
  }
  return std::nullopt;
}

std::optional<Named<source_nat::Rule>> RouterDocument::source_nat_of(const Address& guest) const {
  std::optional<Named<source_nat::Rule>> best;
  unsigned length = 0;
  for (const auto& [id, rule] : desired_.of<source_nat::Rule>()) {
    const auto here = longest(rule.sources, guest);
    if (!here || (best && *here <= length)) continue;
    best = {id, rule};
    length = *here;
  }
  return best;
}

bool RouterDocument::is_pooled(const Address& address) const {
  return std::ranges::any_of(desired_.of<source_nat::Rule>(), [&](const auto& pool) {
    const auto& addresses = pool.second.addresses;
    return std::ranges::find(addresses, address) != addresses.end();
  });
}

std::optional<Mac> RouterDocument::owner_of(const std::string& id, const Address& guest) const {
  for (const auto& [name, known] : desired_.of<guest::Guest>()) {
    const bool has_it = std::ranges::find(known.addresses, guest) != known.addresses.end();
    if (known.interface == id && has_it) return known.mac;
  }
  return std::nullopt;
}

bool RouterDocument::is_service_port(Protocol protocol, const Endpoint& endpoint) const {
  const bool has_host_ports = protocol == Protocol::tcp || protocol == Protocol::udp;
  for (const auto& [id, interface] : desired_.of<Interface>()) {
    for (const InterfaceAddress& own : interface.addresses) {
      if (own.address != endpoint.address) continue;
      if (has_host_ports && endpoint.port >= 61440) return true;
      if (offers(id, protocol, endpoint.port)) return true;
    }
  }
  return false;
}

bool RouterDocument::is_reserved(Protocol protocol, const Endpoint& endpoint) const {
  // Identifiers of ICMP are all for guests but 0.
  const std::uint16_t lowest = protocol == Protocol::icmp ? 1 : 1024;
  return endpoint.port < lowest || forward_at(protocol, endpoint).has_value() ||
         is_service_port(protocol, endpoint);
}

std::optional<Named<firewall::Rule>> RouterDocument::opening_for(const Facts& facts) const {
  std::optional<Named<firewall::Rule>> best;
  for (const auto& [id, rule] : desired_.of<firewall::Rule>()) {
    const bool is_for_source =
        fault_ == Fault::ignores_firewall_sources || is_in(rule.sources, facts.source);
    if (!is_for_source || !rule.destination.contains(facts.destination)) continue;
    if (!speaks_of(rule.traffic(), facts)) continue;
    if (best && rule.destination.length() <= best->resource.destination.length()) continue;
    best = {id, rule};
  }
  return best;
}

std::optional<Named<egress::Rule>> RouterDocument::exception_for(const std::string& id,
                                                                 const Facts& facts) const {
  std::optional<Named<egress::Rule>> best;
  unsigned length = 0;
  for (const auto& [rule_id, rule] : desired_.of<egress::Rule>()) {
    Traffic traffic = rule.traffic();
    if (fault_ == Fault::ignores_egress_ports) traffic.ports.reset();
    const auto here = longest(rule.destinations, facts.destination);
    if (rule.interface != id || !here || !is_in(rule.sources, facts.source)) continue;
    if (!speaks_of(traffic, facts)) continue;
    if (best && *here <= length) continue;
    best = {rule_id, rule};
    length = *here;
  }
  return best;
}

}  // namespace viaduct::test::reference
