#include "dataplane/icmp/stage.h"

#include "dataplane/core/burst.h"
#include "dataplane/core/worker.h"
#include "dataplane/flow/enhanced_gre.h"
#include "dataplane/flow/icmp_ports.h"
#include "dataplane/flow/stage.h"
#include "dataplane/icmp/checksum.h"
#include "dataplane/icmp/errors.h"
#include "dataplane/icmp/quote.h"

namespace viaduct::icmp {
namespace {

constexpr std::uint32_t echoes_per_second = 20'000;

// --- Related

// Gives the quoted packet the addresses and ports it had before the router translated it.
void restore(const Packet& packet, const Quote& quote, const flow::Line& line) noexcept {
  auto& ip = packet.header<rte_ipv4_hdr>(quote.l3);
  const Change addresses =
      change(quote.key.source, line.destination) + change(quote.key.destination, line.source);
  const Change ports = change(quote.key.source_port, line.destination_port) +
                       change(quote.key.destination_port, line.source_port);
  ip.src_addr = line.destination.bits();
  ip.dst_addr = line.source.bits();
  ip.hdr_checksum = addresses.applied_to(Be16::raw(ip.hdr_checksum)).bits();
  switch (quote.key.protocol()) {
    case Protocol::tcp: {
      auto& tcp = packet.header<rte_tcp_hdr>(quote.l4);
      tcp.src_port = line.destination_port.bits();
      tcp.dst_port = line.source_port.bits();
      if (quote.l4_length < offsetof(rte_tcp_hdr, tcp_urp)) return;
      tcp.cksum = (addresses + ports).applied_to(Be16::raw(tcp.cksum)).bits();
      return;
    }
    case Protocol::udp: {
      auto& udp = packet.header<rte_udp_hdr>(quote.l4);
      udp.src_port = line.destination_port.bits();
      udp.dst_port = line.source_port.bits();
      if (udp.dgram_cksum == 0) return;
      udp.dgram_cksum =
          never_zero((addresses + ports).applied_to(Be16::raw(udp.dgram_cksum))).bits();
      return;
    }
    case Protocol::icmp: {
      auto& icmp = packet.header<rte_icmp_hdr>(quote.l4);
      const flow::IcmpPorts was = flow::icmp_ports(icmp);
      if (!was.is_query) return;
      icmp.icmp_ident = (was.is_answer ? line.source_port : line.destination_port).bits();
      change_checksum(icmp, quote.l4_length, ports);
      return;
    }
    case Protocol::gre:
      if (line.key.source_port != line.source_port) {
        packet.header<flow::EnhancedGre>(quote.l4).call = line.source_port;
      }
      return;
    default:
      return;
  }
}

// The line of the session whose packets have this key. GRE of a call that was not announced goes by
// its addresses alone.
flow::LineId find_line(flow::Key key, Worker& self) noexcept {
  const flow::LineId known = self.sessions.find(key);
  if (known != flow::none || key.protocol() != Protocol::gre) return known;
  key.source_port = {};
  return self.sessions.find(key);
}

bool hides_source(const flow::Line& line) noexcept {
  return line.source != line.key.source;
}

// The error itself: to who sent the packet, from who complains, as that side may know them.
void readdress(const Packet& packet, const flow::Line& line) noexcept {
  auto& ip = packet.ip();
  if (hides_source(line)) ip.src_addr = line.source.bits();
  ip.dst_addr = line.destination.bits();
  ip.hdr_checksum = 0;
  ip.hdr_checksum = rte_ipv4_cksum(&ip);
  auto& icmp = packet.icmp();
  const std::size_t length = packet.ip_length - (std::size_t{packet.l4} - packet.l3);
  icmp.icmp_cksum = 0;
  icmp.icmp_cksum = static_cast<std::uint16_t>(~rte_raw_cksum(&icmp, length));
}

// An address that has become the router's own since a session began is nobody else's any more.
bool leads_to_us(const neighbour::Adjacency& hop, const Snapshot& now) noexcept {
  const InterfaceView* out = now.interface(hop.interface);
  return out != nullptr && out->answers_for(hop.next_hop);
}

void relate(Opening& opening, const Snapshot& now, Worker& self) noexcept {
  Packet& packet = *opening.packet;
  if (!packet.icmp_error) return;
  const auto quote = read_quote(packet);
  if (!quote) return self.drop(packet, Reason::bad_l4_header);
  const flow::LineId id = find_line(quote->key.reversed(), self);
  if (id == flow::none || flow::may_be_revoked(self.sessions.line(id), now, self)) {
    return self.drop(packet, Reason::no_session);
  }
  const flow::Line& line = self.sessions.line(id);
  if (!flow::comes_the_right_way(packet, line, now)) {
    return self.drop(packet, Reason::spoofed_source);
  }
  if (!line.has(flow::to_host)) {
    if (leads_to_us(self.neighbours.at(line.adjacency()), now)) {
      return self.drop(packet, Reason::no_session);
    }
    if (packet.for_all) return self.drop(packet, Reason::martian_destination);
    if (packet.ip().time_to_live <= 1) return self.drop(packet, Reason::ttl_expired);
    if (packet.ip_length > self.neighbours.at(line.adjacency()).mtu) {
      return self.drop(packet, Reason::too_big);
    }
  }
  opening.tell(Related::name, "is about a packet of a live session",
               self.sessions.info(flow::Table::session_of(id)).rule);
  if (self.is_explaining()) {
    Trace& trace = *self.trace();
    trace.fate = line.has(flow::to_host) ? Fate::delivered : Fate::forwarded;
    trace.egress = self.neighbours.at(line.adjacency()).interface;
    trace.leaves_as = opening.original;
    if (hides_source(line)) trace.leaves_as.source.address = Address::v4(line.source);
    trace.leaves_as.destination.address = Address::v4(line.destination);
    packet.mbuf = nullptr;
    return;
  }
  if (line.leaves_as() != line.key.tuple()) restore(packet, *quote, line);
  if (!line.has(flow::to_host)) --packet.ip().time_to_live;
  readdress(packet, line);
  rte_mbuf* mbuf = std::exchange(packet.mbuf, nullptr);
  rte_pktmbuf_adj(mbuf, packet.l3);
  self.neighbours.send(self, mbuf, line.adjacency());
}

// --- Echo

// Turns a request into its answer, in its own buffer.
void answer(Packet& packet, const Address& next_hop, Worker& self) noexcept {
  const auto adjacency = self.neighbours.get(*packet.in, next_hop, self.now());
  if (adjacency == 0) return self.drop(packet, Reason::no_route);
  auto& ip = packet.ip();
  const rte_be32_t asker = ip.src_addr;
  ip.src_addr = ip.dst_addr;
  ip.dst_addr = asker;
  ip.time_to_live = 64;
  ip.hdr_checksum = 0;
  ip.hdr_checksum = rte_ipv4_cksum(&ip);
  if (!packet.is_later_fragment) {
    const Change to_reply = change(Be16::of(RTE_IP_ICMP_ECHO_REQUEST << 8), Be16::of(0));
    packet.icmp().icmp_type = RTE_IP_ICMP_ECHO_REPLY;
    change_checksum(packet, to_reply);
  }
  rte_mbuf* mbuf = std::exchange(packet.mbuf, nullptr);
  rte_pktmbuf_adj(mbuf, packet.l3);
  self.neighbours.send(self, mbuf, adjacency);
}

void echo(Opening& opening, Worker& self) noexcept {
  if (!opening.to_host) return;
  if (opening.revived != nullptr) return self.refuse(opening, Reason::no_service);
  Packet& packet = *opening.packet;
  const bool asks = packet.icmp_type == RTE_IP_ICMP_ECHO_REQUEST && packet.icmp_query &&
                    !packet.from_host &&
                    opening.router->compiled->owns(opening.original.destination.address);
  if (!asks) return self.drop(packet, Reason::no_service);
  const auto back =
      opening.router->compiled->routes.find_by(*packet.in->config, opening.original.source.address);
  if (!back) return self.drop(packet, Reason::no_route);
  opening.tell(Echo::name, "is answered");
  if (self.is_explaining()) {
    self.trace()->fate = Fate::answered;
    packet.mbuf = nullptr;
    return;
  }
  if (!self.interfaces[packet.in->slot()].echoes.take(echoes_per_second, self.now())) {
    return self.drop(packet, Reason::icmp_limit);
  }
  answer(packet, back->next_hop, self);
}

}  // namespace

void Related::run(Burst& burst, const Snapshot& now, Worker& self) noexcept {
  burst.each_opening([&](Opening& opening) { relate(opening, now, self); });
}

void Echo::run(Burst& burst, const Snapshot& /*now*/, Worker& self) noexcept {
  burst.each_opening([&](Opening& opening) { echo(opening, self); });
}

}  // namespace viaduct::icmp
