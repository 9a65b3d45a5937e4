#include <algorithm>
#include <array>
#include <set>

#include "tests/reference/model.h"

// What the model makes of addresses and ports. Where source NAT has a choice, it judges the one
// that was made.
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

// Who else than answers may come in by the public endpoint that a guest's mapping has (RFC 4787 5).
// Who came in goes on for as long as more than answers may.
bool Model::let_in_by_mapping(const Conversation& first, const Session* live, Decision& decision) {
  using network::Dependence;
  const Tuple& tuple = first.tuple;
  const bool may_be_mapped = tuple.protocol == Protocol::tcp || tuple.protocol == Protocol::udp;
  if (!may_be_mapped || first.from_host || !router_.is_pooled(tuple.destination.address)) {
    return false;
  }
  std::optional<Mapping> by;
  for (const Mapping& mapping : mappings_at(tuple.protocol, tuple.destination.address)) {
    if (mapping.as == tuple.destination) by = mapping;
  }
  const auto way = by ? router_.route(by->guest.address) : std::nullopt;
  if (!way || router_.is_outside(way->interface)) return false;
  const Dependence filtering = router_.network(way->interface).filtering;
  const bool is_permitted = std::ranges::any_of(sessions_, [&](const Session& session) {
    return session.decision.permits_peer && session.decision.mapping == by &&
           session.leaves().destination.address == tuple.source.address;
  });
  const bool goes_on = live != nullptr && live->leaves().destination == by->guest;
  const bool is_strict = filtering == Dependence::address_and_port;
  const bool is_answered = is_strict && !router_.is_outside(first.in) &&
                           router_.lets_in_more_than_answers() &&
                           (goes_on || has_spoken(first, *by));
  const bool may_enter = filtering == Dependence::endpoint_independent || is_answered ||
                         (filtering == Dependence::address && (is_permitted || goes_on));
  if (!may_enter) return false;
  decision.translated.destination = by->guest;
  decision.mapping = by;
  return true;
}

// RFC 4787 REQ-9 where both peers filter by endpoint.
bool Model::has_spoken(const Conversation& first, const Mapping& by) {
  constexpr unsigned remembered = 60;  // seconds
  const auto way = router_.route(by.guest.address);
  if (router_.network(way->interface).mapping != network::Dependence::endpoint_independent) {
    return false;
  }
  const Tuple there{by.protocol, by.guest, first.tuple.source};
  const auto spoken = spoken_.find(there);
  if (spoken != spoken_.end() && now_ - spoken->second <= remembered) return true;
  spoken_[there.reversed()] = now_;
  return false;
}

// Static NAT before pools; the router's own address for hairpin.
void Model::translate_source(const Conversation& first, const Session* live, Decision& decision) {
  if (first.from_host) return;
  Endpoint& source = decision.translated.source;
  const bool is_guest = !router_.is_outside(first.in);
  const bool is_hairpin = is_guest && decision.out == first.in &&
                          decision.translated.destination != first.tuple.destination;
  const bool is_seen_outside = router_.role(decision.out) == Role::external;
  const network::Settings network = router_.network(first.in);
  std::optional<Address> at;
  std::string rule;
  if (is_seen_outside ||
      (is_hairpin && network.hairpin_source == network::Hairpin::public_endpoint)) {
    if (const auto nat = router_.static_nat_of(source.address)) {
      source.address = nat->resource.public_address;
      decision.translation_drains = nat->resource.on_remove == OnRemove::drain;
      decision.rules.push_back("static_nats/" + nat->id);
      return;
    }
    if (const auto pool = router_.source_nat_of(source.address); is_guest && pool) {
      at = choose_address(first, pool->resource, live);
      decision.translation_drains = pool->resource.on_remove == OnRemove::drain;
      rule = "source_nats/" + pool->id;
    }
  }
  if (!at && is_hairpin) at = router_.interface(first.in).addresses.front().address;
  if (!at) return;
  source.address = *at;
  if (live != nullptr) {
    source.port = live->leaves().source.port;
    decision.mapping = live->decision.mapping;
  } else if (has_ports(first)) {
    decision.refused = choose_mapping(first, *at, decision);
    if (!decision.refused.empty()) return;
    source.port = decision.mapping->as.port;
  }
  decision.permits_peer = decision.mapping && network.filtering == network::Dependence::address;
  if (!rule.empty()) decision.rules.push_back(rule);
}

// A guest keeps its public address (RFC 4787 REQ-2), or each of its endpoints does: any of the
// pool, but always the same one. A live session keeps the one it has.
Address Model::choose_address(const Conversation& first, const source_nat::Rule& pool,
                              const Session* live) {
  const auto has = [&](const Address& address) {
    return std::ranges::find(pool.addresses, address) != pool.addresses.end();
  };
  if (live != nullptr && has(live->leaves().source.address)) return live->leaves().source.address;
  const Endpoint& guest = first.tuple.source;
  const bool is_paired = router_.network(first.in).pooling == network::Pooling::paired;
  const auto key =
      std::pair{pool.addresses, is_paired ? to_string(guest.address) : to_string(guest)};
  const auto known = paired_.find(key);
  if (known != paired_.end()) return known->second;
  if (chosen_ && has(chosen_->address) && live == nullptr) {
    return paired_.emplace(key, chosen_->address).first->second;
  }
  // Nothing tells which one it was that had no port for it.
  const auto is_used_up = [&](const Address& at) {
    return ports_of(guest.address, first.tuple.protocol, at) >=
           router_.network(first.in).ports_per_guest;
  };
  const auto used_up = std::ranges::find_if(pool.addresses, is_used_up);
  return used_up == pool.addresses.end() ? pool.addresses.front() : *used_up;
}

std::vector<Mapping> Model::mappings_at(Protocol protocol, const Address& at) const {
  std::vector<Mapping> all;
  for (const Session& session : sessions_) {
    const auto& mapping = session.decision.mapping;
    if (mapping && mapping->protocol == protocol && mapping->as.address == at) {
      all.push_back(*mapping);
    }
  }
  return all;
}

std::size_t Model::ports_of(const Address& guest, Protocol protocol, const Address& at) const {
  std::set<std::uint16_t> ports;
  for (const Mapping& mapping : mappings_at(protocol, at)) {
    if (mapping.guest.address == guest) ports.insert(mapping.as.port);
  }
  return ports.size();
}

// RFC 4787 4.1: as long as sessions use it, a guest endpoint has one public endpoint whomever it
// talks to, or one for each address; or each of its conversations has its own. One that was made
// when mappings depended on something else may serve for its first peer.
std::string Model::choose_mapping(const Conversation& first, const Address& at,
                                  Decision& decision) const {
  using network::Dependence;
  const network::Settings network = router_.network(first.in);
  const Mapping wanted{.protocol = first.tuple.protocol,
                       .as = {at, 0},
                       .guest = first.tuple.source,
                       .peer = decision.translated.destination.address,
                       .depends_on = network.mapping};
  std::optional<Mapping> known;
  for (const Mapping& mapping : mappings_at(wanted.protocol, at)) {
    if (mapping.guest != wanted.guest || network.mapping == Dependence::address_and_port) continue;
    const bool is_for_all = network.mapping == Dependence::endpoint_independent;
    if (!is_for_all && mapping.peer != wanted.peer) continue;
    const bool is_chosen = chosen_ && *chosen_ == mapping.as;
    const bool is_due = is_for_all || mapping.depends_on == Dependence::address;
    if (is_chosen || (is_due && !known)) known = mapping;
  }
  decision.mapping = known ? known : wanted;
  if (known) return "";
  const std::size_t held = ports_of(wanted.guest.address, wanted.protocol, at);
  if (held >= network.ports_per_guest) return "guest_port_limit";
  choose_port(*decision.mapping, network);
  return decision.mapping->as.port == 0 ? "no_public_port" : "";
}

}  // namespace viaduct::test::reference
