#include "dataplane/flow/stage.h"

#include "dataplane/core/burst.h"
#include "dataplane/core/worker.h"
#include "dataplane/icmp/errors.h"

namespace viaduct::flow {
namespace {

constexpr std::uint32_t host_packets_per_second = 50'000;  // to one TAP, of sessions

// --- Find

// A guest network's sessions are only continued from that network.
bool comes_from_its_network(const Packet& packet, const Line& line) noexcept {
  return packet.in->config->role != interface::Role::guest || line.ingress == packet.in->slot();
}

// A SYN on a session that is closing begins a new conversation between the same endpoints.
bool begins_again(const Packet& packet, Table& sessions, LineId id) noexcept {
  if ((packet.tcp_flags & (RTE_TCP_SYN_FLAG | RTE_TCP_ACK_FLAG)) != RTE_TCP_SYN_FLAG) return false;
  if (packet.protocol() != Protocol::tcp) return false;
  const SessionId session = Table::session_of(id);
  return state_of(sessions.forward(session), sessions.reply(session)) == State::closing;
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
  const InterfaceView* in = now.interface(forward.ingress);
  if (in == nullptr) {
    self.tell({"session", "ends: the interface it came in by is gone", std::nullopt, 0});
    if (self.is_explaining()) return self.drop(packet, Reason::session_revoked);
    self.close(session);
    ++self.session_totals.cut;
    return open_new(burst, packet, self);
  }
  Opening& opening = burst.open(packet);
  opening.trace = self.trace();
  opening.router = in->router;
  opening.in = in;
  opening.original = opening.translated = forward.key.tuple();
  opening.facts = {forward.key.protocol(), forward.key.destination_port.host(), 0, 0};
  if (forward.key.protocol() == Protocol::icmp) opening.facts.icmp_type = RTE_IP_ICMP_ECHO_REQUEST;
  opening.from_host = self.sessions.reply(session).has(to_host);
  opening.revived = &forward;
  opening.tell("session", "is judged again: the configuration is newer");
}

void find(Burst& burst, Packet& packet, const Snapshot& now, Worker& self) noexcept {
  if (packet.icmp_error) return open_new(burst, packet, self);
  const LineId id = self.sessions.find(packet.key, packet.hash);
  if (id == none) {
    self.tell({"session", "none: policy decides", std::nullopt, 0});
    return open_new(burst, packet, self);
  }
  Line& line = self.sessions.line(id);
  if (!comes_from_its_network(packet, line)) return self.drop(packet, Reason::spoofed_source);
  const SessionId session = Table::session_of(id);
  if (begins_again(packet, self.sessions, id) && !self.is_explaining()) {
    self.sessions.forward(session).tcp = self.sessions.reply(session).tcp = 0;
  }
  if (line.generation != self.epoch()) return open_again(burst, packet, now, self, session);
  self.tell({"session", Table::is_reply(id) ? "answers one that is live" : "belongs to a live one",
             std::nullopt, self.sessions.info(session).rule});
  packet.line = &line;
}

// --- Settle

void mark(Line& line, LineFlag flag, bool is_set) noexcept {
  line.flags = static_cast<std::uint8_t>(is_set ? line.flags | flag : line.flags & ~flag);
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

// Points both lines at their next hops. False when there is no way back.
bool connect(const Opening& opening, Line& forward, Line& reply, Worker& self) noexcept {
  const auto back = opening.router->compiled->routes.find_by(*opening.in->config,
                                                             opening.original.source.address);
  forward.adjacency = self.neighbours.get(*opening.out, opening.next_hop);
  reply.adjacency = opening.from_host ? self.neighbours.host_of(*opening.out)
                    : back            ? self.neighbours.get(*opening.in, back->next_hop)
                                      : 0;
  forward.ingress = opening.in->slot();
  reply.ingress = opening.out->slot();
  forward.generation = reply.generation = self.epoch();
  mark(reply, to_host, opening.from_host);
  return forward.adjacency != 0 && reply.adjacency != 0;
}

void release_mapping(Opening& opening, Worker& self) noexcept {
  if (opening.mapping == 0) return;
  self.state<source_nat::Table>().release(opening.mapping);
  opening.mapping = 0;
}

void foretell(Opening& opening, Worker& self) noexcept {
  Trace& trace = *self.trace();
  trace.rule = opening.rule;
  trace.egress = opening.out->slot();
  trace.leaves_as = opening.translated;
  trace.fate = Fate::forwarded;
}

void settle_new(Opening& opening, Worker& self) noexcept {
  Packet& packet = *opening.packet;
  if (!opening.begins_session && !opening.from_host) {
    release_mapping(opening, self);
    return self.drop(packet, Reason::no_session);
  }
  if (self.is_explaining()) return foretell(opening, self);
  // An earlier packet of this burst may have opened the same session.
  if (const LineId known = self.sessions.find(packet.key, packet.hash); known != none) {
    release_mapping(opening, self);
    packet.line = &self.sessions.line(known);
    return;
  }
  const Key reply_key = Key::of(opening.translated.reversed(), opening.router->slot());
  const SessionId session = self.sessions.open(packet.key, reply_key);
  if (session == none) {
    release_mapping(opening, self);
    const bool full = self.sessions.live_sessions() >= self.sessions.most_sessions();
    return self.drop(packet, full ? Reason::session_table_full : Reason::no_public_port);
  }
  ++self.live_by_router[opening.router->slot()];
  Line& forward = self.sessions.forward(session);
  Line& reply = self.sessions.reply(session);
  self.sessions.info(session) = {.opened = self.now(),
                                 .rule = opening.rule,
                                 .mapping = opening.mapping,
                                 .egress = opening.out->slot()};
  forward.translate_to(opening.translated);
  reply.translate_to(opening.original.reversed());
  forward.last_seen = reply.last_seen = self.now();
  mark(forward, firewall_drains, opening.firewall_drains);
  mark(forward, nat_drains, opening.nat_drains);
  meter(opening, forward, reply);
  if (!connect(opening, forward, reply, self)) {
    self.close(session);
    return self.drop(packet, Reason::neighbour_unreachable);
  }
  ++self.session_totals.opened;
  packet.line = &forward;
}

// The line that `packet` goes by, of the session whose forward line this is.
Line& line_for(const Packet& packet, Line& forward) noexcept {
  Line* reply = &forward + 1;
  return packet.key == forward.key ? forward : *reply;
}

// A session that drains keeps its translation; only its way may be another now.
bool find_way_of_drained(Opening& opening) noexcept {
  opening.translated = opening.revived->leaves_as();
  const auto& router = *opening.router;
  const auto hop = router.compiled->routes.find(opening.translated.destination.address);
  if (!hop) return false;
  opening.out = &router.view_of(*hop->interface);
  opening.next_hop = hop->next_hop;
  return true;
}

void end(Opening& opening, Worker& self) noexcept {
  self.close(Table::session_of(self.sessions.id_of(*opening.revived)));
  ++self.session_totals.cut;
  opening.revived = nullptr;
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
  const bool same = opening.translated == forward.leaves_as();
  if (!same && !opening.drained && forward.has(nat_drains)) opening.drained = true;
  const bool stands = opening.drained ? find_way_of_drained(opening) : same;
  if (stands && self.is_explaining()) return foretell(opening, self);
  if (stands && connect(opening, forward, *(&forward + 1), self)) {
    meter(opening, forward, *(&forward + 1));
    self.sessions.info(Table::session_of(self.sessions.id_of(forward))).egress =
        opening.out->slot();
    opening.packet->line = &line_for(*opening.packet, forward);
    return;
  }
  opening.tell("session", "ends: its translation is another now");
  // What woke it may open a session under the new rules, if it came the way that was judged.
  const bool may_open = opening.packet->key == forward.key;
  if (!self.is_explaining()) end(opening, self);
  if (may_open && !opening.drained) return settle_new(opening, self);
  self.drop(*opening.packet, Reason::session_revoked);
}

void settle(Opening& opening, Worker& self) noexcept {
  if (opening.revived != nullptr) return settle_again(opening, self);
  if (!opening.keeps_no_session) return settle_new(opening, self);
  if (self.is_explaining()) return foretell(opening, self);
  const auto adjacency = self.neighbours.get(*opening.out, opening.next_hop);
  if (adjacency == 0) return self.drop(*opening.packet, Reason::neighbour_unreachable);
  rte_mbuf* mbuf = std::exchange(opening.packet->mbuf, nullptr);
  rte_pktmbuf_adj(mbuf, opening.packet->l3);
  self.neighbours.send(self, mbuf, adjacency);
}

// --- Rewrite

void see_tcp(Line& line, std::uint8_t flags) noexcept {
  std::uint8_t seen = 0;
  if ((flags & RTE_TCP_SYN_FLAG) != 0) seen |= tcp_syn;
  if ((flags & RTE_TCP_FIN_FLAG) != 0) seen |= tcp_fin;
  if ((flags & RTE_TCP_RST_FLAG) != 0) seen |= tcp_rst;
  if ((flags & RTE_TCP_ACK_FLAG) != 0) seen |= tcp_ack;
  line.tcp |= seen;
}

void translate(const Packet& packet, const Line& line) noexcept {
  auto& ip = packet.ip();
  ip.src_addr = line.source.bits();
  ip.dst_addr = line.destination.bits();
  ip.hdr_checksum =
      Change::folded_from(line.ip_change).applied_to(Be16::raw(ip.hdr_checksum)).bits();
  const Change l4 = Change::folded_from(line.l4_change);
  switch (packet.protocol()) {
    case Protocol::tcp: {
      auto& tcp = packet.tcp();
      tcp.src_port = line.source_port.bits();
      tcp.dst_port = line.destination_port.bits();
      tcp.cksum = l4.applied_to(Be16::raw(tcp.cksum)).bits();
      return;
    }
    case Protocol::udp: {
      auto& udp = packet.udp();
      udp.src_port = line.source_port.bits();
      udp.dst_port = line.destination_port.bits();
      if (udp.dgram_cksum != 0) {
        udp.dgram_cksum = never_zero(l4.applied_to(Be16::raw(udp.dgram_cksum))).bits();
      }
      return;
    }
    case Protocol::icmp:
      if (packet.icmp_query) {
        auto& icmp = packet.icmp();
        icmp.icmp_ident = line.destination_port.bits();
        icmp.icmp_cksum = l4.applied_to(Be16::raw(icmp.icmp_cksum)).bits();
      }
      return;
    default:
      return;
  }
}

void age(rte_ipv4_hdr& ip) noexcept {
  constexpr Change one_hop{Be16::of(0x0100).bits(), Be16::of(0x0000).bits()};
  --ip.time_to_live;
  ip.hdr_checksum = one_hop.applied_to(Be16::raw(ip.hdr_checksum)).bits();
}

void count(const Packet& packet, Line& line, Worker& self) noexcept {
  ++line.packets;
  line.bytes += packet.ip_length;
  line.last_seen = self.now();
  usage::Counters& usage = self.usage[line.usage];
  usage::Direction& direction = line.has(counts_inbound) ? usage.in : usage.out;
  ++direction.packets;
  direction.bytes += packet.ip_length;
}

void rewrite(Packet& packet, Worker& self) noexcept {
  Line& line = *packet.line;
  const neighbour::Adjacency& out = self.neighbours.at(line.adjacency);
  if (line.has(to_host)) {
    if (!self.interfaces[out.interface].host_rate.take(host_packets_per_second, self.now())) {
      return self.drop(packet, Reason::policed_service);
    }
  } else {
    if (packet.ip().time_to_live <= 1 && !packet.from_host) {
      return icmp::time_exceeded(self, packet);
    }
    if (packet.ip_length > out.mtu) return icmp::too_big(self, packet, out.mtu);
  }
  if (self.is_explaining()) {
    self.trace()->egress = out.interface;
    self.trace()->leaves_as = line.leaves_as();
    self.trace()->fate = line.has(to_host) ? Fate::delivered : Fate::forwarded;
    return;
  }
  if (packet.protocol() == Protocol::tcp) see_tcp(line, packet.tcp_flags);
  if (line.has(translates)) translate(packet, line);
  if (!packet.from_host && !line.has(to_host)) age(packet.ip());
  count(packet, line, self);
  rte_mbuf* mbuf = std::exchange(packet.mbuf, nullptr);
  rte_pktmbuf_adj(mbuf, packet.l3);
  self.neighbours.send(self, mbuf, line.adjacency);
}

}  // namespace

void Find::run(Burst& burst, const Snapshot& now, Worker& self) noexcept {
  burst.each([&](Packet& packet) {
    packet.hash = self.sessions.hash(packet.key);
    self.sessions.prefetch_bucket(packet.hash);
  });
  burst.each([&](const Packet& packet) { self.sessions.prefetch_line(packet.hash); });
  burst.each([&](Packet& packet) { find(burst, packet, now, self); });
}

void Settle::run(Burst& burst, const Snapshot& /*now*/, Worker& self) noexcept {
  burst.each_opening_or_drained([&](Opening& opening) { settle(opening, self); });
}

void Rewrite::run(Burst& burst, const Snapshot& /*now*/, Worker& self) noexcept {
  burst.each([&](Packet& packet) {
    if (packet.line != nullptr) rewrite(packet, self);
  });
}

}  // namespace viaduct::flow
