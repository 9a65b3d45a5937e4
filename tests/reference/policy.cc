#include "tests/reference/model.h"

// What the model thinks of the first packet of a session.
namespace viaduct::test::reference {

using interface::Role;

// A guest's source must be routed back to its interface; the outside may not use guests' addresses;
// the host has the router's.
bool Model::is_source_believable(const Conversation& first) const {
  const Address& source = first.tuple.source.address;
  if (first.from_host) return router_.owns(source);
  if (router_.owns(source)) return false;
  if (source == Address::v4(Be32::of(0))) return true;  // asks for an address
  const auto back = router_.route(source);
  if (!router_.is_outside(first.in)) {
    return back && back->interface == first.in && !router_.is_for_all(source);
  }
  return !back || router_.is_outside(back->interface);
}

Decision Model::decide(const Conversation& first, const Session* live, bool to_all) {
  Decision decision{.translated = first.tuple};
  translate_destination(first, decision);
  const bool is_translated = decision.translated != first.tuple;
  const bool is_let_in = !is_translated && !to_all && let_in_by_mapping(first, live, decision);
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
  if (!is_let_in) judge_inbound(first, decision);
  if (!decision.refused.empty() || decision.is_for_router) return decision;
  judge_outbound(first, decision);
  if (decision.refused.empty()) translate_source(first, live, decision);
  if (decision.refused.empty()) leave_by_own_network(first, decision);
  return decision;
}

// Who is seen by an address of another public network leaves by that one, if there is a way.
void Model::leave_by_own_network(const Conversation& first, Decision& decision) const {
  const Address& source = decision.translated.source.address;
  if (source == first.tuple.source.address || router_.role(decision.out) != Role::external) return;
  const std::string own = router_.on_link(source);
  if (own.empty() || own == decision.out || router_.role(own) != Role::external) return;
  const auto hop = router_.route_by(own, decision.translated.destination.address);
  if (!hop) return;
  decision.out = hop->interface;
  decision.next_hop = hop->next_hop;
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
  const interface::Interface& network = router_.interface(first.in);
  const bool allows = network.egress == interface::Policy::allow;
  decision.rules.push_back(exception ? "egress_rules/" + exception->id : "interfaces/" + first.in);
  if (allows == exception.has_value()) {
    decision.refused = "denied_egress";
  } else {
    decision.egress_drains =
        (exception ? exception->resource.on_remove : network.egress_on_change) == OnRemove::drain;
  }
}

}  // namespace viaduct::test::reference
