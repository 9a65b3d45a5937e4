#include <optional>

#include "dataplane/core/burst.h"
#include "dataplane/core/worker.h"
#include "dataplane/flow/limits.h"
#include "dataplane/flow/stage.h"
#include "dataplane/helper/control.h"
#include "dataplane/icmp/errors.h"
#include "dataplane/neighbour/send.h"
#include "dataplane/route/stage.h"

// The stage that keeps what policy decided.
namespace viaduct::flow {
namespace {

void mark(Line& line, LineFlag flag, bool is_set) noexcept {
  line.flags = static_cast<std::uint16_t>(is_set ? line.flags | flag : line.flags & ~flag);
}

// Which public address the session is metered for, and in which direction its forward line goes.
void meter(const Opening& opening, Line& forward, Line& reply) noexcept {
  const auto& usage = opening.router->usage;
  const Address& out_as = opening.translated.source.address;
  const Address& in_at = opening.original.destination.address;
  const bool outbound = opening.out->config->role == interface::Role::external;
  const bool inbound = opening.in->config->role == interface::Role::external;
  const UsageIndex* index = outbound ? usage.find(out_as) : inbound ? usage.find(in_at) : nullptr;
  forward.usage = reply.usage = index == nullptr ? UsageIndex{0} : *index;
  mark(forward, counts_inbound, !outbound);
  mark(reply, counts_inbound, outbound);
}

// The next hop of answers: where their question came in, even if the best route to its sender is
// another. Most often the source was found there already.
std::optional<Address> find_way_back(const Opening& opening) noexcept {
  if (opening.way_back != Address{}) return opening.way_back;
  const auto back = opening.router->compiled->routes.find_by(*opening.in->config,
                                                             opening.original.source.address);
  return back ? std::optional{back->next_hop} : std::nullopt;
}

bool has_way_back(const Opening& opening) noexcept {
  return opening.from_host || find_way_back(opening).has_value();
}

// Points both lines at their next hops, and makes them those of this epoch. False when there is no
// way back, or no room for a next hop.
bool connect(const Opening& opening, Line& forward, Line& reply, Worker& self) noexcept {
  using neighbour::AdjacencyId;
  const AdjacencyId there = self.neighbours.get(*opening.out, opening.next_hop, self.now());
  const auto hop = opening.from_host ? std::nullopt : find_way_back(opening);
  const AdjacencyId back = opening.from_host ? self.neighbours.host_of(*opening.out, self.now())
                           : hop             ? self.neighbours.get(*opening.in, *hop, self.now())
                                             : AdjacencyId{0};
  if (there == 0 || back == 0) return false;
  forward.leave_by(there);
  reply.leave_by(back);
  forward.come_in_by(opening.in->slot());
  reply.come_in_by(opening.out->slot());
  forward.generation = reply.generation = self.epoch();
  mark(forward, from_host, opening.from_host);
  mark(reply, to_host, opening.from_host);
  return true;
}

// Who let the session be, and whether it outlives them.
void note_rules(const Opening& opening, Line& forward, Line& reply, SessionInfo& info) noexcept {
  info.rule = opening.firewall_rule != 0 ? opening.firewall_rule : opening.rule;
  info.forward = opening.forward;
  const bool is_let_in = opening.firewall_rule != 0 || opening.forward != 0;
  mark(forward, let_in, is_let_in);
  mark(reply, let_in, is_let_in);
  mark(forward, rule_drains, opening.firewall_drains);
  mark(reply, rule_drains, opening.egress_drains);
  mark(forward, nat_drains, opening.nat_drains);
}

// What would become of an explained packet whose session policy lets be.
void foretell(Opening& opening, Worker& self) noexcept {
  Packet& packet = *opening.packet;
  const bool answers = opening.revived != nullptr && packet.key != opening.revived->key;
  const InterfaceView& out = answers ? *opening.in : *opening.out;
  Trace& trace = *self.trace();
  trace.rule = opening.rule;
  trace.egress = out.slot();
  trace.leaves_as = answers ? opening.original.reversed() : opening.translated;
  if (answers && opening.from_host) {
    trace.fate = Fate::delivered;
  } else if (icmp::may_travel(self, packet, out.mtu())) {
    trace.fate = Fate::forwarded;
  }
}

Key reply_key(const Opening& opening) noexcept {
  return Key::of(opening.translated.reversed(), opening.router->slot());
}

// Whether the answers of a session come to this worker, as it is to go on from now.
bool claim_answers(const Opening& opening, Worker& self) noexcept {
  return self.exchange == nullptr ||
         self.exchange->claim_answers(reply_key(opening), opening.out->is_outside(), self.index);
}

// What settle_new() would say if it opened the session.
void foretell_new(Opening& opening, Worker& self) noexcept {
  const Key reply = reply_key(opening);
  const LineId ending = self.sessions.find(opening.packet->key);
  const bool is_another =
      reply == opening.packet->key || self.sessions.find(reply) != none ||
      (self.exchange != nullptr && self.exchange->are_anothers(reply, self.index));
  if (ending == none && is_another) return self.drop(*opening.packet, Reason::no_public_port);
  if (ending == none && !has_room(self)) {
    return self.drop(*opening.packet, Reason::session_table_full);
  }
  if (has_too_many_sessions(opening, self, ending)) {
    return self.drop(*opening.packet, Reason::guest_session_limit);
  }
  if (!has_way_back(opening)) return self.drop(*opening.packet, Reason::neighbour_unreachable);
  foretell(opening, self);
  const bool leaves = self.trace()->fate == Fate::forwarded;
  if (leaves && self.neighbours.is_known_dead(opening.out->slot(), opening.next_hop, self.now())) {
    icmp::host_unreachable(self, *opening.packet);
  }
}

// No session is opened for this packet: an earlier one of this burst may have done it.
void settle_unopened(Opening& opening, Worker& self, Reason otherwise) noexcept {
  Packet& packet = *opening.packet;
  self.abandon(opening);
  if (const LineId known = self.sessions.find(packet.key, packet.hash); known != none) {
    packet.line = &self.sessions.line(known);
    return;
  }
  if (otherwise == Reason::session_table_full) icmp::tell_prohibited(self, packet);
  self.drop(packet, otherwise);
}

void settle_new(Opening& opening, Worker& self) noexcept {
  Packet& packet = *opening.packet;
  if (packet.is_later_fragment) return settle_unopened(opening, self, Reason::no_session);
  if (!opening.begins_session && !opening.from_host) {
    self.abandon(opening);
    return self.drop(packet, Reason::no_session);
  }
  if (self.is_explaining()) return foretell_new(opening, self);
  make_room(self);
  const SessionId session =
      self.sessions.open(packet.key, packet.hash, reply_key(opening), opening.reply_hash);
  if (session == none) {
    const bool is_full = self.sessions.live_sessions() >= self.sessions.most_sessions();
    return settle_unopened(opening, self,
                           is_full ? Reason::session_table_full : Reason::no_public_port);
  }
  ++self.live_by_router[opening.router->slot()];
  self.sessions.info(session) = {.opened = self.now(), .mapping = opening.mapping};
  mark(self.sessions.forward(session), permits, opening.permits_peer);
  if (!claim_answers(opening, self)) {
    self.close(session);
    return self.drop(packet, Reason::no_public_port);
  }
  if (!account(opening, session, self)) {
    self.close(session);
    icmp::tell_prohibited(self, packet);
    return self.drop(packet, Reason::guest_session_limit);
  }
  Line& forward = self.sessions.forward(session);
  Line& reply = self.sessions.reply(session);
  const std::uint8_t hops = opening.from_host ? 0 : 1;
  forward.translate_to(opening.translated, hops);
  reply.translate_to(opening.original.reversed(), hops);
  forward.last_seen = reply.last_seen = self.now();
  note_rules(opening, forward, reply, self.sessions.info(session));
  meter(opening, forward, reply);
  if (!connect(opening, forward, reply, self)) {
    self.close(session);
    return self.drop(packet, Reason::neighbour_unreachable);
  }
  helper::attend(opening, session, self);
  ++self.session_totals.opened;
  packet.line = &forward;
}

// The line that `packet` goes by, of the session whose forward line this is.
Line& line_for(const Packet& packet, Line& forward) noexcept {
  return packet.key == forward.key ? forward : *(&forward + 1);
}

// A session that drains keeps its translation; only its way may be another now.
bool find_way_of_drained(Opening& opening) noexcept {
  opening.translated = opening.revived->leaves_as();
  const auto& router = *opening.router;
  const Address& destination = opening.translated.destination.address;
  const auto hop = router.compiled->routes.find(destination);
  if (!hop || router.compiled->owns(destination)) return false;
  opening.out = &router.view_of(*hop->interface);
  opening.next_hop = hop->next_hop;
  return true;
}

// An earlier packet of this burst may have had the same session judged already.
bool was_judged_meanwhile(Opening& opening, Worker& self) noexcept {
  const Line& forward = *opening.revived;
  const bool stands = forward.has(live) && forward.key.tuple() == opening.original;
  if (stands && forward.generation != self.epoch()) return false;
  Packet& packet = *opening.packet;
  const LineId known = self.sessions.find(packet.key, packet.hash);
  if (known != none && self.sessions.line(known).generation == self.epoch()) {
    packet.line = &self.sessions.line(known);
  } else {
    self.drop(packet, Reason::session_revoked);
  }
  return true;
}

void settle_again(Opening& opening, Worker& self) noexcept {
  if (was_judged_meanwhile(opening, self)) return;
  Line& forward = *opening.revived;
  const SessionId session = Table::session_of(self.sessions.id_of(forward));
  const bool same = opening.translated == forward.leaves_as();
  if (!same && !opening.drained && forward.has(nat_drains)) opening.drained = true;
  if (!same && !opening.drained) {
    // The next packet of the conversation may open a session under the new rules.
    opening.tell("session", "ends: its translation is another now");
    if (!self.is_explaining()) self.cut(session);
    return self.drop(*opening.packet, Reason::session_revoked);
  }
  if (opening.drained && !find_way_of_drained(opening)) {
    return self.drop(*opening.packet, Reason::no_route);
  }
  route::leave_by_own_network(opening);
  if (!has_way_back(opening)) {
    opening.tell("session", "ends: there is no way back any more");
    if (!self.is_explaining()) self.cut(session);
    return self.drop(*opening.packet, Reason::session_revoked);
  }
  if (self.is_explaining()) return foretell(opening, self);
  if (!claim_answers(opening, self)) {
    self.cut(session);
    return self.drop(*opening.packet, Reason::session_revoked);
  }
  if (!connect(opening, forward, *(&forward + 1), self)) {
    return self.drop(*opening.packet, Reason::neighbour_unreachable);
  }
  Line& reply = *(&forward + 1);
  if (!opening.drained) note_rules(opening, forward, reply, self.sessions.info(session));
  helper::attend(opening, session, self);
  meter(opening, forward, reply);
  opening.packet->line = &line_for(*opening.packet, forward);
}

// Asks for the buckets that answers will be looked up in.
void look_ahead(Burst& burst, Worker& self) noexcept {
  burst.each_opening([&](Opening& opening) {
    if (opening.revived != nullptr) return;
    opening.reply_hash = self.sessions.hash(reply_key(opening));
    self.sessions.prefetch_bucket(opening.reply_hash);
  });
  burst.each_opening([&](const Opening& opening) {
    self.sessions.prefetch_room(opening.packet->hash, opening.reply_hash);
  });
}

// What a packet of this burst has made end, another one may still want to go by.
void drop_ended(Burst& burst, Worker& self) noexcept {
  burst.each([&](Packet& packet) {
    if (packet.line != nullptr && !packet.line->has(live)) {
      self.drop(packet, Reason::session_revoked);
    }
  });
}

void settle(Opening& opening, Worker& self) noexcept {
  if (opening.revived != nullptr) return settle_again(opening, self);
  route::leave_by_own_network(opening);
  if (!opening.keeps_no_session) return settle_new(opening, self);
  if (self.is_explaining()) return foretell(opening, self);
  if (!icmp::may_travel(self, *opening.packet, opening.out->mtu())) return;
  const auto adjacency = self.neighbours.get(*opening.out, opening.next_hop, self.now());
  if (adjacency == 0) return self.drop(*opening.packet, Reason::neighbour_unreachable);
  neighbour::send(self, *opening.packet, adjacency);
}

}  // namespace

void Settle::run(Burst& burst, const Snapshot& /*now*/, Worker& self) noexcept {
  look_ahead(burst, self);
  burst.each_opening_or_drained([&](Opening& opening) { settle(opening, self); });
  if (self.sessions.has_closed()) drop_ended(burst, self);
}

}  // namespace viaduct::flow
