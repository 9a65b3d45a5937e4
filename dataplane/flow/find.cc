#include <algorithm>

#include "dataplane/core/burst.h"
#include "dataplane/core/worker.h"
#include "dataplane/flow/reset.h"
#include "dataplane/flow/stage.h"

// The stage that finds each packet its session, or hands it to policy.
namespace viaduct::flow {
namespace {

// What only one side of a session may say: questions are the opener's, and ICMP that is neither
// question nor answer does not come back at all.
bool speaks_in_turn(const Packet& packet, bool is_reply) noexcept {
  if (packet.protocol() != Protocol::icmp) return true;
  return packet.icmp_query ? packet.icmp_answer == is_reply : !is_reply;
}

// A SYN on a session that is closing begins a new conversation between the same endpoints.
bool begins_again(const Packet& packet, Table& sessions, LineId id) noexcept {
  if (packet.protocol() != Protocol::tcp || Table::is_reply(id)) return false;
  constexpr std::uint8_t asked = RTE_TCP_SYN_FLAG | RTE_TCP_ACK_FLAG | RTE_TCP_RST_FLAG;
  if ((packet.tcp_flags & asked) != RTE_TCP_SYN_FLAG) return false;
  const SessionId session = Table::session_of(id);
  return state_of(sessions.forward(session), sessions.reply(session)) == State::closing;
}

// A SYN from the side that did not open the session. It belongs to it only while both sides open at
// once (RFC 5382 REQ-2); later it would be a new conversation, which policy has not let in.
bool opens_from_behind(const Packet& packet, Table& sessions, LineId id) noexcept {
  if (packet.protocol() != Protocol::tcp || !Table::is_reply(id)) return false;
  if ((packet.tcp_flags & (RTE_TCP_SYN_FLAG | RTE_TCP_ACK_FLAG)) != RTE_TCP_SYN_FLAG) return false;
  const SessionId session = Table::session_of(id);
  const Line& forward = sessions.forward(session);
  return (forward.tcp() & tcp_ack) != 0 ||
         state_of(forward, sessions.reply(session)) == State::closing;
}

void open_new(Burst& burst, Packet& packet, Worker& self) noexcept {
  Opening& opening = burst.open(packet);
  opening.trace = self.trace();
  opening.router = packet.in->router;
  opening.in = packet.in;
  opening.original = opening.translated = packet.key.tuple();
  opening.facts = {packet.protocol(), packet.key.destination_port.host(), packet.icmp_type,
                   packet.icmp_code};
  opening.from_host = packet.from_host;
}

// The whole session is judged as its first packet was, whichever direction woke it.
void open_again(Burst& burst, Packet& packet, const Snapshot& now, Worker& self,
                SessionId session) noexcept {
  Line& forward = self.sessions.forward(session);
  const InterfaceView* in = now.interface(forward.ingress());
  if (in == nullptr || in->router->slot() != forward.key.router()) {
    self.tell({"session", "ends: the interface it came in by is gone", std::nullopt, 0});
    if (!self.is_explaining()) self.cut(session);
    return open_new(burst, packet, self);
  }
  Opening& opening = burst.open(packet);
  opening.trace = self.trace();
  opening.router = in->router;
  opening.in = in;
  opening.original = opening.translated = forward.key.tuple();
  opening.facts = {forward.key.protocol(), forward.key.destination_port.host(), 0, 0};
  if (packet.key == forward.key) {
    opening.facts.icmp_type = packet.icmp_type;
    opening.facts.icmp_code = packet.icmp_code;
  } else if (forward.key.protocol() == Protocol::icmp) {
    // Only questions are answered, and their port is their type.
    opening.facts.icmp_type = static_cast<std::uint8_t>(forward.key.destination_port.host());
  }
  opening.from_host = forward.has(from_host);
  opening.revived = &forward;
  opening.tell("session", "is judged again: the configuration is newer");
}

// Whether TCP and ICMP say what they may, each from its side.
bool is_in_turn(const Packet& packet, const Line& line, Worker& self) noexcept {
  const LineId id = self.sessions.id_of(line);
  if (!speaks_in_turn(packet, Table::is_reply(id)) ||
      opens_from_behind(packet, self.sessions, id)) {
    return false;
  }
  if (begins_again(packet, self.sessions, id) && !self.is_explaining()) {
    const SessionId session = Table::session_of(id);
    self.sessions.forward(session).forget_tcp();
    self.sessions.reply(session).forget_tcp();
  }
  return true;
}

// Whether a packet that resets its connection may do so.
bool may_reset(Packet& packet, const Line& line, const Snapshot& now, Worker& self) noexcept {
  const SessionId session = Table::session_of(self.sessions.id_of(line));
  const Line& forward = self.sessions.forward(session);
  const Line& reply = self.sessions.reply(session);
  if (!self.network_of(line, &now).check_resets) return true;
  const Reset reset = judge_reset(packet, line, &line == &forward ? reply : forward);
  // What the receiver is to decide leaves no trace here.
  if (reset == Reset::is_inexact) packet.tcp_flags = 0;
  return reset != Reset::is_blind;
}

// The line of a packet whose guess was wrong; nullptr if there is none.
Line* look_up(const Packet& packet, Table& sessions) noexcept {
  const LineId id = sessions.find(packet.key, packet.hash);
  return id == none ? nullptr : &sessions.line(id);
}

// GRE whose call nobody announced goes by its addresses alone, as all GRE does where calls are not
// told apart.
Line* look_up_without_call(Packet& packet, Worker& self) noexcept {
  const bool says_none = packet.key.destination_port == Be16{};
  if (says_none || self.expectations->find(packet.key.router(), packet.key.tuple(), self.now())) {
    return nullptr;
  }
  packet.key.destination_port = {};
  packet.hash = self.sessions.hash(packet.key);
  return look_up(packet, self.sessions);
}

// Of sessions that were judged in an older generation, those that may have lost what they relied on
// are judged again at once. The others take turns, so that a change costs no packet, however many
// sessions there are.
//
// An ICMP error finds nothing: no session is ever opened by one.
//
// As a call of its own it would cost three cycles a packet.
[[gnu::always_inline]] inline void find(Burst& burst, Packet& packet, const Snapshot& now,
                                        Worker& self) noexcept {
  Line* line = packet.line;
  if (line == nullptr || line->key != packet.key) line = look_up(packet, self.sessions);
  if (line == nullptr && packet.protocol() == Protocol::gre) {
    line = look_up_without_call(packet, self);
  }
  packet.line = nullptr;
  if (line == nullptr) {
    self.tell({"session", "none: policy decides", std::nullopt, 0});
    return open_new(burst, packet, self);
  }
  if (!comes_the_right_way(packet, *line, now)) return self.drop(packet, Reason::spoofed_source);
  // RFC 1812 5.3.4: what the link brought to everybody is not passed on.
  if (packet.for_all && !line->has(to_host)) {
    return self.drop(packet, Reason::martian_destination);
  }
  if (packet.protocol() != Protocol::udp && !is_in_turn(packet, *line, self)) {
    return self.drop(packet, Reason::no_session);
  }
  if ((packet.tcp_flags & RTE_TCP_RST_FLAG) != 0 && !may_reset(packet, *line, now, self)) {
    return self.drop(packet, Reason::blind_reset);
  }
  const bool is_old = line->generation != self.epoch();
  if (is_old && (self.is_explaining() || may_be_revoked(*line, now, self) || burst.takes_turn())) {
    return open_again(burst, packet, now, self, Table::session_of(self.sessions.id_of(*line)));
  }
  if (self.is_explaining()) {
    const LineId id = self.sessions.id_of(*line);
    self.tell({"session",
               Table::is_reply(id) ? "answers one that is live" : "belongs to a live one",
               std::nullopt, self.sessions.info(Table::session_of(id)).rule});
  }
  packet.line = line;
  self.neighbours.prefetch(line->adjacency());
}

// Whether a candidate takes back what a session relies on.
bool takes_back(const Snapshot& candidate, const Line& line, Worker& self) noexcept {
  const InterfaceView* in = candidate.interface(line.ingress());
  if (in == nullptr) return true;
  if (!in->router->is_new) return false;
  const bool all = in->router->compiled->revoked.all;
  if (all || !line.has(let_in)) return all;
  const SessionInfo& info = self.sessions.info(Table::session_of(self.sessions.id_of(line)));
  const SlotSet& revoked = candidate.revoked_rules();
  return revoked.contains(info.rule) || revoked.contains(info.forward);
}

}  // namespace

bool may_be_revoked(const Line& line, const Snapshot& now, Worker& self) noexcept {
  const bool is_candidate = self.is_explaining() && !self.follows(now);
  if (is_candidate && takes_back(now, line, self)) return true;
  if (line.generation == self.epoch()) return false;
  if ((line.flags & (to_host | from_host)) != 0) return true;
  // A next hop that was not used for longer may be another's by now.
  if (self.now() - line.last_seen > neighbour::Neighbours::kept_unused) return true;
  if (self.has_router_revoked(line.key.router(), line.generation)) return true;
  if (!line.has(let_in) || !self.has_any_rule_revoked(line.generation)) return false;
  const SessionInfo& info = self.sessions.info(Table::session_of(self.sessions.id_of(line)));
  return self.has_rule_revoked(info.rule, line.generation) ||
         self.has_rule_revoked(info.forward, line.generation);
}

bool may_change_over(const Packet& packet, const Line& line, const Snapshot& now) noexcept {
  const InterfaceView* usual = now.interface(line.ingress());
  return usual == nullptr || (usual->config->is_outside() && packet.in->config->is_outside());
}

void Find::run(Burst& burst, const Snapshot& now, Worker& self) noexcept {
  burst.each([&](Packet& packet) { find(burst, packet, now, self); });
}

}  // namespace viaduct::flow
