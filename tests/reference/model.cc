#include "tests/reference/model.h"

#include <algorithm>
#include <set>

namespace viaduct::test::reference {
namespace {

using interface::Role;

std::uint32_t number(const Address& address) {
  return address.as_v4().host();
}
bool is_everybody(const Address& address) {
  return number(address) == 0xffffffff;
}
bool is_nobody(const Address& address) {
  return number(address) == 0;
}

// RFC 1812 5.3.7.
bool is_martian_source(const Packet& packet) {
  if (is_nobody(packet.source) && is_everybody(packet.destination)) return false;  // DHCP
  const std::uint32_t first = number(packet.source) >> 24;
  return first == 0 || first == 127 || first >= 224;
}
bool is_martian_destination(const Packet& packet) {
  const std::uint32_t first = number(packet.destination) >> 24;
  return first == 0 || first == 127 || (first >= 240 && !is_everybody(packet.destination));
}

// Why a packet is not even looked at, or "".
std::string complaint(const Packet& packet, const RouterDocument& router) {
  constexpr int smallest_error = 20 + 8 + 20 + 8;
  if (!packet.from_host && length_of(packet) > router.interface(packet.in).mtu) return "too_big";
  if (packet.is_fragment && (length_of(packet) - 20) % 8 != 0) return "bad_fragment";
  const bool has_ports = packet.protocol == Protocol::tcp || packet.protocol == Protocol::udp;
  const bool lacks_port =
      packet.destination_port == 0 || (packet.source_port == 0 && packet.protocol == Protocol::tcp);
  const bool is_query = packet.is_icmp_question() || packet.is_icmp_answer();
  if ((has_ports && lacks_port) || (packet.has('S') && packet.has('F')) ||
      (is_query && packet.icmp_code != 0) ||
      (packet.is_icmp_error() && length_of(packet) < smallest_error)) {
    return "bad_l4_header";
  }
  if (packet.is_fragment && packet.is_icmp_error()) return "bad_fragment";
  return "";
}

// --- sessions

bool has(const Session::Side& side, char flag) {
  return side.flags.find(flag) != std::string::npos;
}
bool is_closing(const Session& session) {
  const auto& [opener, answerer] = std::tie(session.opener, session.answerer);
  return has(opener, 'R') || has(answerer, 'R') || (has(opener, 'F') && has(answerer, 'F'));
}
bool is_established(const Session& session) {
  return !is_closing(session) && has(session.answerer, 'S') && has(session.opener, 'A');
}

// Whether this side of the session may say this.
bool is_in_turn(const Packet& packet, const Session& session, bool is_answer) {
  if (packet.protocol == Protocol::icmp) return packet.is_icmp_answer() == is_answer;
  if (packet.protocol == Protocol::tcp && is_answer && packet.asks_to_open()) {
    // Only while both sides open at once (RFC 5382 REQ-2).
    return !has(session.opener, 'A') && !is_closing(session);
  }
  return true;
}

// Whether a packet that resets its connection has the number that its receiver waits for (RFC 5961
// 3.2, RFC 9293 3.10.7.3).
bool may_reset(const Packet& packet, const Session& session, bool is_answer) {
  const Session::Side& sender = is_answer ? session.answerer : session.opener;
  const Session::Side& receiver = is_answer ? session.opener : session.answerer;
  if (has(receiver, 'A')) return packet.sequence() == receiver.acknowledged;
  if (receiver.flags.empty()) return true;
  return (packet.has('A') && receiver.acknowledged == 1) ||
         (has(sender, 'S') && sender.acknowledged == packet.sequence());
}

// Ids of the resources that are in `before` and not the same in `after`.
template <class Resource>
void add_revoked(const Router& before, const Router& after, std::set<std::string>& revoked) {
  for (const auto& [id, resource] : before.of<Resource>()) {
    const auto now = after.of<Resource>().find(id);
    if (now == after.of<Resource>().end() || !(now->second == resource)) {
      revoked.insert(std::string{Resource::collection} + "/" + id);
    }
  }
}

// Whether anything else than firewall rules, port forwards and known guests differs.
bool is_changed(Router before, Router after) {
  before.of<guest::Guest>() = after.of<guest::Guest>() = {};
  before.of<firewall::Rule>() = after.of<firewall::Rule>() = {};
  before.of<port_forward::Rule>() = after.of<port_forward::Rule>() = {};
  return !(before == after);
}

}  // namespace

void Model::follow(const Router& desired) {
  const Router before = router_.desired();
  router_ = RouterDocument{desired, fault_};
  std::set<std::string> revoked;
  add_revoked<firewall::Rule>(before, desired, revoked);
  add_revoked<port_forward::Rule>(before, desired, revoked);
  const bool any = is_changed(before, desired);
  for (Session& session : sessions_) {
    session.is_old = true;
    const auto& rules = session.decision.rules;
    session.may_have_lost_rule |=
        any || std::ranges::any_of(rules, [&](const auto& rule) { return revoked.contains(rule); });
    if (!router_.has_interface(session.first.in)) session.first.in = "";
    if (!router_.has_interface(session.decision.out)) session.decision.out = "";
  }
  for (Refusal& refusal : refusals_) {
    if (!router_.has_interface(refusal.packet.in)) refusal.packet.in = "";
  }
}

network::Settings Model::network_of(const Session& session) const {
  for (const std::string& id : {session.first.in, session.decision.out}) {
    if (!id.empty() && !router_.is_outside(id)) return router_.network(id);
  }
  return {};
}

// RFC 5382 REQ-5, RFC 4787 REQ-5, RFC 5508 REQ-1.
unsigned Model::timeout_of(const Session& session) const {
  const network::Settings network = network_of(session);
  switch (session.arrives().protocol) {
    case Protocol::tcp:
      return is_established(session) ? network.tcp_established_timeout
                                     : network.tcp_transitory_timeout;
    case Protocol::icmp:
      return network.icmp_timeout;
    default:
      return network.udp_timeout;
  }
}

std::vector<Verdict> Model::wait(unsigned seconds) {
  now_ += seconds;
  std::vector<Verdict> outcomes = settle_refusals();
  if (fault_ == Fault::never_expires) return outcomes;
  std::erase_if(sessions_, [&](const Session& session) {
    const unsigned last = std::max(session.opener.last_seen, session.answerer.last_seen);
    return session.first.in.empty() || now_ - last >= timeout_of(session);
  });
  return outcomes;
}

std::optional<Model::Found> Model::find(const Tuple& arrives) const {
  for (std::size_t i = 0; i < sessions_.size(); ++i) {
    if (sessions_[i].arrives() == arrives) return Found{i, false};
    if (sessions_[i].answer_arrives() == arrives) return Found{i, true};
  }
  return std::nullopt;
}

Verdict Model::receive(const Packet& packet, std::optional<Endpoint> chosen) {
  chosen_ = chosen;
  rules_.clear();
  Verdict verdict = judge(packet);
  std::ranges::sort(rules_);
  verdict.rules = rules_;
  return verdict;
}

Verdict Model::judge(const Packet& packet) {
  if (const std::string wrong = complaint(packet, router_); !wrong.empty()) return dropped(wrong);
  if (auto passed = pass_in_transit(packet)) return *passed;
  if (const auto found = find(tuple_of(packet))) return receive_of_session(packet, *found);
  return receive_first(packet);
}

// What goes from one transit network to another is routed, and neither judged nor remembered.
std::optional<Verdict> Model::pass_in_transit(const Packet& packet) const {
  if (packet.from_host || packet.to_all || router_.role(packet.in) != Role::transit) return {};
  if (is_martian_source(packet) || is_martian_destination(packet)) return {};
  if (router_.owns(packet.destination) || router_.is_for_all(packet.destination)) return {};
  const auto hop = router_.route(packet.destination);
  if (!hop || router_.role(hop->interface) != Role::transit) return {};
  if (auto back = turn_back(packet, hop->interface)) return back;
  Verdict verdict{.fate = Fate::forwarded,
                  .interface = hop->interface,
                  .leaves_as = tuple_of(packet),
                  .ttl = static_cast<std::uint8_t>(packet.ttl - 1),
                  .next_hop = hop->next_hop,
                  .mss = packet.mss};
  if (packet.is_icmp_error()) verdict.about = tuple_of(*packet.quoted);
  return verdict;
}

// A session goes on where it began. Between outside interfaces its packets may change over, since
// ways there are not ours to choose.
bool Model::comes_the_right_way(const Packet& packet, const Session& session,
                                bool is_answer) const {
  if (packet.from_host != (session.first.from_host && !is_answer)) return false;
  const std::string& usual = is_answer ? session.decision.out : session.first.in;
  return usual.empty() || usual == packet.in ||
         (router_.is_outside(usual) && router_.is_outside(packet.in));
}

bool Model::comes_from_another_side(const Packet& packet) const {
  const auto found = find(packet.quoted ? tuple_of(*packet.quoted).reversed() : tuple_of(packet));
  if (!found) return false;
  const Session& session = sessions_[found->index];
  const std::string& usual = found->is_answer ? session.decision.out : session.first.in;
  if (session.first.in.empty() || usual.empty()) return true;
  return packet.from_host != (session.first.from_host && !found->is_answer) ||
         router_.is_outside(usual) != router_.is_outside(packet.in);
}

Verdict Model::receive_of_session(const Packet& packet, Found found) {
  Session& session = sessions_[found.index];
  if (!comes_the_right_way(packet, session, found.is_answer)) return dropped("spoofed_source");
  if (!is_in_turn(packet, session, found.is_answer)) return dropped("no_session");
  const bool is_for_host = found.is_answer && session.first.from_host;
  // RFC 1812 5.3.4: what the link brought to everybody is not passed on.
  if (packet.to_all && !is_for_host) return dropped("martian_destination");
  if (packet.protocol == Protocol::tcp && !found.is_answer && packet.asks_to_open() &&
      !packet.has('R') && is_closing(session)) {
    // A new connection between the same endpoints.
    session.opener.flags = session.answerer.flags = "";
  }
  const bool checks_resets = network_of(session).check_resets;
  if (packet.has('R') && checks_resets && !may_reset(packet, session, found.is_answer)) {
    return dropped("blind_reset");
  }
  if (session.first.in.empty()) {
    sessions_.erase(sessions_.begin() + static_cast<std::ptrdiff_t>(found.index));
    return receive_first(packet);
  }
  if (session.is_old && fault_ != Fault::never_cuts) {
    if (auto refused = judge_again(session)) {
      if (refused->reason == "session_revoked") {
        sessions_.erase(sessions_.begin() + static_cast<std::ptrdiff_t>(found.index));
      }
      return *refused;
    }
  }
  return leave(packet, session, found.is_answer);
}

// The same verdict and the same translation, and it goes on as it was. Otherwise it ends, unless
// the rule that admitted or translated it lets its sessions drain: then it only takes another way.
std::optional<Verdict> Model::judge_again(Session& session) {
  const Decision& before = session.decision;
  Decision now;
  if (!is_source_believable(session.first)) return dropped("session_revoked");
  now = decide(session.first, &session, false);
  rules_ = now.rules;
  if (now.refused.empty() && now.is_for_router) now.refused = "no_service";
  const bool drains = now.refused == "denied_inbound"  ? before.opening_drains
                      : now.refused == "denied_egress" ? before.egress_drains
                                                       : before.translation_drains;
  const bool permits_peer = before.permits_peer || now.permits_peer;
  if (!now.refused.empty() || now.translated != before.translated) {
    if (!drains) return dropped("session_revoked");
    const auto way = router_.route(before.translated.destination.address);
    if (!way || router_.owns(way->next_hop)) return dropped("no_route");
    now = before;
    now.out = way->interface;
    now.next_hop = way->next_hop;
    leave_by_own_network(session.first, now);
  }
  const auto way_back = router_.route_by(session.first.in, session.first.tuple.source.address);
  if (!way_back && !session.first.from_host) return dropped("session_revoked");
  now.mapping = before.mapping;
  now.permits_peer = permits_peer;
  session.decision = now;
  session.way_back = way_back.value_or(Hop{});
  session.is_old = session.may_have_lost_rule = false;
  return std::nullopt;
}

Verdict Model::receive_first(const Packet& packet) {
  if (is_martian_source(packet) || packet.source == packet.destination) {
    return dropped("martian_source");
  }
  if (is_martian_destination(packet)) return dropped("martian_destination");
  const bool has_checksum = packet.protocol == Protocol::tcp || packet.protocol == Protocol::udp ||
                            packet.protocol == Protocol::icmp;
  if (packet.has_wrong_checksum && has_checksum && !packet.is_fragment)
    return dropped("bad_l4_checksum");
  const Conversation first{packet.in, packet.from_host, tuple_of(packet), packet.icmp_type,
                           packet.icmp_code};
  if (!is_source_believable(first)) return dropped("spoofed_source");
  if (packet.is_icmp_error()) return receive_error(packet);
  const Decision decision = decide(first, nullptr, packet.to_all);
  rules_ = decision.rules;
  if (decision.refused == "no_route") return tell(packet, "no_route", 3, 0);
  // RFC 5508 REQ-8: a guest is told that it gets no port.
  const bool has_no_port =
      decision.refused == "guest_port_limit" || decision.refused == "no_public_port";
  if (has_no_port) return tell(packet, decision.refused, 3, 13);
  if (decision.refused == "denied_inbound" && is_to_be_told_later(packet)) {
    refusals_.push_back({packet, now_});
    Verdict verdict = dropped(decision.refused);
    verdict.is_told_later = true;
    return verdict;
  }
  if (!decision.refused.empty()) return dropped(decision.refused);
  if (decision.is_for_service) {
    return {.fate = Fate::delivered,
            .interface = packet.in,
            .leaves_as = first.tuple,
            .ttl = packet.ttl,
            .mss = packet.mss};
  }
  if (decision.is_for_router) {
    const bool is_ping = packet.is_icmp_question() && packet.icmp_type == 8 && !packet.from_host;
    if (!is_ping || !router_.owns(packet.destination)) return dropped("no_service");
    const auto back = router_.route_by(packet.in, packet.source);
    if (!back) return dropped("no_route");
    return {.fate = Fate::answered, .next_hop = back->next_hop};
  }
  return open(packet, first, decision);
}

}  // namespace viaduct::test::reference
