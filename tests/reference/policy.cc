#include <algorithm>
#include <array>

#include "tests/reference/model.h"

// What the model thinks of the first packet of a session.
namespace viaduct::test::reference {

using interface::Role;

namespace {

// What source NAT can tell apart: ports, or the identifiers of ICMP queries.
bool has_ports(const Conversation& first) {
  if (first.tuple.protocol != Protocol::icmp) {
    return first.tuple.protocol == Protocol::tcp || first.tuple.protocol == Protocol::udp;
  }
  constexpr std::array<std::uint8_t, 4> queries{0, 8, 13, 14};
  return std::ranges::find(queries, first.icmp_type) != queries.end();
}

}  // namespace

// A guest's source must be routed back to its interface; the outside may not use guests' addresses;
// the host has the router's.
bool Model::is_source_believable(const Conversation& first) const {
  const Address& source = first.tuple.source.address;
  if (first.from_host) return router_.owns(source);
  if (router_.owns(source)) return false;
  if (source == Address::v4(Be32::of(0))) return true;  // asks for an address
  const auto back = router_.route(source);
  if (!router_.is_outside(first.in)) return back && back->interface == first.in;
  return !back || router_.is_outside(back->interface);
}

Decision Model::decide(const Conversation& first, const Session* live, bool to_all) {
  Decision decision{.translated = first.tuple};
  translate_destination(first, decision);
  const Address& destination = decision.translated.destination.address;
  decision.is_for_router = router_.owns(destination) || router_.is_for_all(destination);
  // RFC 1812 5.3.4: what the link brought to everybody is not passed on.
  if (to_all && !decision.is_for_router) {
    decision.refused = "martian_destination";
    return decision;
  }
  if (!decision.is_for_router) {
    const auto hop = router_.route(destination);
    if (!hop) {
      decision.refused = "no_route";
      return decision;
    }
    decision.out = hop->interface;
    decision.next_hop = hop->next_hop;
  } else if (live == nullptr && !first.from_host &&
             router_.offers(first.in, first.tuple.protocol, first.tuple.destination.port)) {
    decision.is_for_service = true;
    return decision;
  }
  judge_inbound(first, decision);
  if (!decision.refused.empty() || decision.is_for_router) return decision;
  judge_outbound(first, decision);
  if (decision.refused.empty()) translate_source(first, live, decision);
  return decision;
}

// Static NAT before port forwards.
void Model::translate_destination(const Conversation& first, Decision& decision) const {
  Endpoint& destination = decision.translated.destination;
  if (const auto nat = router_.static_nat_at(destination.address)) {
    destination.address = nat->resource.private_address;
    decision.translation_drains = nat->resource.on_remove == OnRemove::drain;
    decision.rules.push_back("static_nats/" + nat->id);
    return;
  }
  const auto forward = router_.forward_at(first.tuple.protocol, destination);
  if (!forward) return;
  const port_forward::Rule& rule = forward->resource;
  const bool is_for_source =
      rule.sources.empty() || std::ranges::any_of(rule.sources, [&](const Prefix& prefix) {
        return prefix.contains(first.tuple.source.address);
      });
  if (!is_for_source) return;
  const int shift = rule.private_endpoint.ports.first - rule.public_endpoint.ports.first;
  destination = {rule.private_endpoint.address,
                 static_cast<std::uint16_t>(destination.port + shift)};
  decision.translation_drains = rule.on_remove == OnRemove::drain;
  decision.rules.push_back("port_forwards/" + forward->id);
}

// From outside, and from guests to public addresses: denied unless a rule opens the untranslated
// destination.
void Model::judge_inbound(const Conversation& first, Decision& decision) const {
  const Endpoint& destination = first.tuple.destination;
  if (first.from_host) return;
  const std::string on = router_.on_link(destination.address);
  const bool is_public = router_.owns(destination.address) && !on.empty() && router_.is_outside(on);
  if (!router_.is_outside(first.in) && !is_public) return;
  const auto rule =
      router_.opening_for({first.tuple.protocol, first.tuple.source.address, destination.address,
                           destination.port, first.icmp_type, first.icmp_code});
  if (!rule) {
    decision.refused = "denied_inbound";
    return;
  }
  decision.opening_drains = rule->resource.on_remove == OnRemove::drain;
  decision.rules.push_back("firewall_rules/" + rule->id);
}

// What guests send out of their network: the interface's default, and its exceptions.
void Model::judge_outbound(const Conversation& first, Decision& decision) const {
  if (first.from_host || router_.is_outside(first.in) || decision.out == first.in) return;
  const Endpoint& destination = decision.translated.destination;
  const auto exception = router_.exception_for(
      first.in, {first.tuple.protocol, first.tuple.source.address, destination.address,
                 destination.port, first.icmp_type, first.icmp_code});
  const bool allows = router_.interface(first.in).egress == interface::Policy::allow;
  decision.rules.push_back(exception ? "egress_rules/" + exception->id : "interfaces/" + first.in);
  if (allows == exception.has_value()) {
    decision.refused = "denied_egress";
  } else if (exception && exception->resource.on_remove == OnRemove::drain) {
    decision.exception_drains = true;
  }
}

// Static NAT before pools; the router's own address for hairpin.
void Model::translate_source(const Conversation& first, const Session* live, Decision& decision) {
  if (first.from_host) return;
  Endpoint& source = decision.translated.source;
  const bool is_guest = !router_.is_outside(first.in);
  std::optional<Address> at;
  std::string rule;
  if (router_.role(decision.out) == Role::external) {
    if (const auto nat = router_.static_nat_of(source.address)) {
      source.address = nat->resource.public_address;
      decision.translation_drains = nat->resource.on_remove == OnRemove::drain;
      decision.rules.push_back("static_nats/" + nat->id);
      return;
    }
    const auto pool = router_.source_nat_of(source.address);
    if (!is_guest || !pool) return;
    at = choose_address(first, pool->resource, live);
    decision.translation_drains = pool->resource.on_remove == OnRemove::drain;
    rule = "source_nats/" + pool->id;
  } else if (is_guest && decision.out == first.in &&
             decision.translated.destination != first.tuple.destination) {
    at = router_.interface(first.in).addresses.front().address;
  }
  if (!at) return;
  decision.is_mapped = has_ports(first);
  source.address = *at;
  if (live != nullptr) {
    source.port = live->leaves().source.port;
  } else if (decision.is_mapped) {
    source.port = choose_port(first, *at);
    if (source.port == 0) decision.refused = "no_public_port";
  }
  if (!rule.empty() && decision.refused.empty()) decision.rules.push_back(rule);
}

// A guest keeps its public address (RFC 4787 REQ-2): any of the pool, but always the same one. A
// live session keeps the one it has.
Address Model::choose_address(const Conversation& first, const source_nat::Rule& pool,
                              const Session* live) {
  const auto has = [&](const Address& address) {
    return std::ranges::find(pool.addresses, address) != pool.addresses.end();
  };
  if (live != nullptr && has(live->leaves().source.address)) return live->leaves().source.address;
  const auto key = std::pair{pool.addresses, first.tuple.source.address};
  const auto known = paired_.find(key);
  if (known != paired_.end()) return known->second;
  const bool is_fit = chosen_ && has(chosen_->address) && live == nullptr;
  const Address address = is_fit ? chosen_->address : pool.addresses.front();
  if (is_fit) paired_.emplace(key, address);
  return address;
}

// A guest endpoint has one public endpoint whomever it talks to (RFC 4787 REQ-1), as long as
// sessions use it. A free port number is kept; else it may be any free one. 0 if `chosen` is none
// of those.
std::uint16_t Model::choose_port(const Conversation& first, const Address& at) const {
  const Protocol protocol = first.tuple.protocol;
  const Endpoint& guest = first.tuple.source;
  std::vector<std::uint16_t> taken;
  for (const Session& session : sessions_) {
    const Endpoint& as = session.leaves().source;
    if (!session.decision.is_mapped || session.arrives().protocol != protocol || as.address != at) {
      continue;
    }
    if (session.arrives().source == guest) return as.port;
    taken.push_back(as.port);
  }
  const auto is_free = [&](std::uint16_t port) {
    return !router_.is_reserved(protocol, {at, port}) &&
           std::ranges::find(taken, port) == taken.end();
  };
  if (is_free(guest.port)) return guest.port;
  return chosen_ && chosen_->address == at && is_free(chosen_->port) ? chosen_->port
                                                                     : std::uint16_t{0};
}

}  // namespace viaduct::test::reference
