#include <algorithm>

#include "tests/reference/model.h"

// What the model lets packets meet on their way out, and what their senders are told.
namespace viaduct::test::reference {
namespace {

constexpr unsigned trusts_next_hop = 30;  // seconds
constexpr Address nobody = Address::v4(Be32{});

}  // namespace

// An error about a packet of a live session is told to who sent that, in words that it knows; other
// errors end here (RFC 5508 4.2).
Verdict Model::receive_error(const Packet& packet) const {
  const auto found = find(tuple_of(*packet.quoted).reversed());
  if (!found) return dropped("no_session");
  const Session& session = sessions_[found->index];
  const auto& speaker = found->is_answer ? session.answerer : session.opener;
  const bool may_be_over = session.may_have_lost_rule || session.first.from_host ||
                           now_ - speaker.last_seen > trusts_next_hop;
  if (session.is_old && may_be_over) return dropped("no_session");
  if (!comes_the_right_way(packet, session, found->is_answer)) return dropped("spoofed_source");
  const Tuple arrives = found->is_answer ? session.answer_arrives() : session.arrives();
  const Tuple leaves = found->is_answer ? session.answer_leaves() : session.leaves();
  Verdict verdict{.fate = Fate::forwarded, .leaves_as = tuple_of(packet)};
  if (arrives.source.address != leaves.source.address) {
    verdict.leaves_as.source.address = leaves.source.address;
  }
  verdict.leaves_as.destination.address = leaves.destination.address;
  verdict.about = leaves.reversed();
  if (found->is_answer && session.first.from_host) {
    verdict.fate = Fate::delivered;
    verdict.interface = session.decision.out;
    verdict.ttl = packet.ttl;
    return verdict;
  }
  verdict.interface = found->is_answer ? session.first.in : session.decision.out;
  const Address& next_hop =
      found->is_answer ? session.way_back.next_hop : session.decision.next_hop;
  if (router_.owns(next_hop)) return dropped("no_session");
  if (packet.to_all) return dropped("martian_destination");
  if (packet.ttl <= 1) return dropped("ttl_expired");
  if (length_of(packet) > router_.interface(verdict.interface).mtu) return dropped("too_big");
  verdict.ttl = static_cast<std::uint8_t>(packet.ttl - 1);
  verdict.next_hop = next_hop;
  return verdict;
}

Verdict Model::open(const Packet& packet, const Conversation& first, const Decision& decision) {
  if (first.from_host && decision.translated == first.tuple &&
      router_.offers(decision.out, first.tuple.protocol, first.tuple.source.port)) {
    // A service's answer needs no session.
    if (auto back = turn_back(packet, decision.out)) return *back;
    return {.fate = Fate::forwarded,
            .interface = decision.out,
            .leaves_as = first.tuple,
            .ttl = packet.ttl,
            .next_hop = decision.next_hop,
            .mss = packet.mss};
  }
  const bool begins = packet.protocol == Protocol::tcp ? packet.asks_to_open() && !packet.has('R')
                                                       : !packet.is_icmp_answer();
  if (!begins && !first.from_host) return dropped("no_session");
  // Nothing would tell the answers from those of another session.
  const Tuple answers = decision.translated.reversed();
  if (answers == first.tuple || find(answers)) return dropped("no_public_port");
  const bool is_guests = !first.from_host && !router_.is_outside(first.in);
  std::optional<Address> guest;
  if (is_guests) {
    guest = first.tuple.source.address;
  } else if (!router_.is_outside(decision.out)) {
    guest = decision.translated.destination.address;
  }
  if (has_too_many_sessions(guest, is_guests ? first.in : decision.out)) {
    return is_guests ? tell(packet, "guest_session_limit", 3, 13) : dropped("guest_session_limit");
  }
  const auto way_back = router_.route_by(first.in, packet.source);
  if (!way_back && !first.from_host) return dropped("neighbour_unreachable");
  sessions_.push_back({.first = first,
                       .decision = decision,
                       .way_back = way_back.value_or(Hop{}),
                       .opener = {"", now_},
                       .answerer = {"", now_},
                       .guest = guest});
  return leave(packet, sessions_.back(), /*is_answer=*/false);
}

bool Model::has_too_many_sessions(const std::optional<Address>& guest,
                                  const std::string& network) const {
  const std::uint32_t most = router_.network(network).sessions_per_guest;
  if (!guest || most == 0) return false;
  const auto count = std::ranges::count_if(
      sessions_, [&](const Session& session) { return session.guest == guest; });
  return static_cast<std::uint32_t>(count) >= most;
}

Verdict Model::leave(const Packet& packet, Session& session, bool is_answer) const {
  const Decision& decision = session.decision;
  Verdict verdict{.fate = Fate::forwarded};
  if (is_answer && session.first.from_host) {
    verdict = {.fate = Fate::delivered,
               .interface = decision.out,
               .leaves_as = session.answer_leaves(),
               .ttl = packet.ttl};
  } else {
    verdict.interface = is_answer ? session.first.in : decision.out;
    verdict.leaves_as = is_answer ? session.answer_leaves() : session.leaves();
    verdict.next_hop = is_answer ? session.way_back.next_hop : decision.next_hop;
    verdict.ttl = static_cast<std::uint8_t>(packet.from_host ? packet.ttl : packet.ttl - 1);
    if (auto back = turn_back(packet, verdict.interface)) return *back;
  }
  verdict.mss = clamped(packet, session, verdict.interface);
  Session::Side& side = is_answer ? session.answerer : session.opener;
  side.flags += packet.flags;
  if (!packet.flags.empty()) {
    side.acknowledged = packet.has('A') ? 1 : packet.sequence() + 1;
  }
  side.last_seen = now_;
  return verdict;
}

// A handshake asks for no larger segments than fit both ways.
std::uint16_t Model::clamped(const Packet& packet, const Session& session,
                             const std::string& out) const {
  constexpr int headers = 20 + 20;
  if (!packet.has('S') || !network_of(session).clamp_mss) return packet.mss;
  const int mtu = std::min(router_.interface(packet.in).mtu, router_.interface(out).mtu);
  return static_cast<std::uint16_t>(std::min<int>(packet.mss, mtu - headers));
}

// A packet that may not make one more hop, over the link of `out`.
std::optional<Verdict> Model::turn_back(const Packet& packet, const std::string& out) const {
  if (packet.ttl <= 1 && !packet.from_host) return tell(packet, "ttl_expired", 11, 0);
  const bool fits = length_of(packet) <= router_.interface(out).mtu;
  if (fits || packet.may_be_fragmented) return std::nullopt;
  return tell(packet, "too_big", 3, 4);
}

// RFC 1122 3.2.2: nothing is said about errors, about what was for all, or to nobody in particular.
Verdict Model::tell(const Packet& packet, const std::string& reason, std::uint8_t type,
                    std::uint8_t code) const {
  Verdict verdict = dropped(reason);
  const bool may_be_error =
      packet.protocol == Protocol::icmp && !packet.is_icmp_question() && !packet.is_icmp_answer();
  const bool is_to_one =
      !packet.source.is_multicast() && packet.source != nobody && !router_.owns(packet.source);
  if (!may_be_error && !packet.to_all && !packet.from_host && is_to_one &&
      router_.address_facing(packet.in, packet.source) &&
      router_.route_by(packet.in, packet.source)) {
    verdict.sender_is_told = {type, code};
  }
  return verdict;
}

bool Model::is_to_be_told_later(const Packet& packet) const {
  return packet.protocol == Protocol::tcp && packet.asks_to_open() && !packet.has('R') &&
         !packet.is_fragment && !packet.from_host &&
         router_.interface(packet.in).unsolicited == interface::Unsolicited::reject;
}

// RFC 5382 REQ-4: after six seconds the sender is told, unless its peer opened the same connection
// meanwhile.
std::vector<Verdict> Model::settle_refusals() {
  constexpr unsigned patience = 6;
  std::vector<Verdict> outcomes;
  std::erase_if(refusals_, [&](const Refusal& refusal) {
    if (now_ - refusal.since < patience) return false;
    const bool is_over = refusal.packet.in.empty() || find(tuple_of(refusal.packet));
    Verdict outcome = dropped("denied_inbound");
    if (!is_over) outcome = tell(refusal.packet, "denied_inbound", 3, 3);
    if (outcome.sender_is_told) {
      outcome.about = tuple_of(refusal.packet);
      outcome.next_hop = router_.route_by(refusal.packet.in, refusal.packet.source)->next_hop;
    }
    outcomes.push_back(outcome);
    return true;
  });
  return outcomes;
}

}  // namespace viaduct::test::reference
