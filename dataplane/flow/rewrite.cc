#include <cstring>

#include "dataplane/core/burst.h"
#include "dataplane/core/worker.h"
#include "dataplane/flow/enhanced_gre.h"
#include "dataplane/flow/mss.h"
#include "dataplane/flow/stage.h"
#include "dataplane/helper/control.h"
#include "dataplane/icmp/checksum.h"
#include "dataplane/icmp/errors.h"
#include "dataplane/neighbour/send.h"

// The stage that makes packets say what their session decided.
namespace viaduct::flow {
namespace {

constexpr std::uint32_t host_packets_per_second = 50'000;  // to one TAP, of sessions

// The two addresses, and the two ports, lie next to each other in headers and in lines alike.
void translate(const Packet& packet, const Line& line) noexcept {
  auto& ip = packet.ip();
  std::memcpy(&ip.src_addr, &line.source, 2 * sizeof line.source);
  ip.hdr_checksum = apply_folded(line.ip_change, Be16::raw(ip.hdr_checksum)).bits();
  ip.time_to_live = static_cast<std::uint8_t>(ip.time_to_live - (line.has(ages) ? 1 : 0));
  if (packet.is_later_fragment) [[unlikely]] {
    return;
  }
  switch (packet.protocol()) {
    case Protocol::tcp: {
      auto& tcp = packet.tcp();
      std::memcpy(&tcp.src_port, &line.source_port, 2 * sizeof line.source_port);
      tcp.cksum = apply_folded(line.l4_change, Be16::raw(tcp.cksum)).bits();
      return;
    }
    case Protocol::udp: {
      auto& udp = packet.udp();
      std::memcpy(&udp.src_port, &line.source_port, 2 * sizeof line.source_port);
      if (udp.dgram_cksum != 0) {
        udp.dgram_cksum =
            never_zero(apply_folded(line.l4_change, Be16::raw(udp.dgram_cksum))).bits();
      }
      return;
    }
    case Protocol::icmp:
      if (packet.icmp_query) {
        auto& icmp = packet.icmp();
        icmp.icmp_ident = (packet.icmp_answer ? line.destination_port : line.source_port).bits();
        icmp::change_checksum(packet, Change::folded_from(line.l4_change));
      }
      return;
    case Protocol::gre:
      if (line.destination_port != line.key.destination_port) {
        packet.header<EnhancedGre>(packet.l4).call = line.destination_port;
      }
      return;
    default:
      return;
  }
}

void note_tcp(const Packet& packet, Line& line) noexcept {
  line.note_tcp(packet.tcp_flags);
  const rte_tcp_hdr& tcp = packet.tcp();
  const bool acknowledges = (packet.tcp_flags & RTE_TCP_ACK_FLAG) != 0;
  line.acknowledged =
      rte_be_to_cpu_32(acknowledges ? tcp.recv_ack : tcp.sent_seq) + (acknowledges ? 0 : 1);
}

void count(const Packet& packet, Line& line, Worker& self) noexcept {
  line.count(packet.ip_length);
  line.last_seen = self.now();
  if (packet.tcp_flags != 0) note_tcp(packet, line);  // of other protocols there are none
  usage::Counters& usage = self.usage[line.usage];
  usage::Direction& direction = line.has(counts_inbound) ? usage.in : usage.out;
  ++direction.packets;
  direction.bytes += packet.ip_length;
}

// Whether nothing stands between the packet and its neighbour. Nearly always so.
bool is_plain(const Packet& packet, const Line& line, const neighbour::Adjacency& out) noexcept {
  return neighbour::is_plain(out, packet.l3) && packet.ip_length <= out.mtu &&
         packet.ip().time_to_live > 1 && (line.flags & (to_host | from_host | helped)) == 0 &&
         (packet.tcp_flags & RTE_TCP_SYN_FLAG) == 0;
}

// Whether a packet that is not plain may leave. One that may not, or that is only explained, is
// done with afterwards.
bool may_leave(Packet& packet, Worker& self) noexcept {
  const Line& line = *packet.line;
  const neighbour::Adjacency& out = self.neighbours.at(line.adjacency());
  if (!line.has(to_host) && !icmp::may_travel(self, packet, out.mtu)) return false;
  if (self.neighbours.is_dead(line.adjacency(), self.now())) {
    icmp::host_unreachable(self, packet);
    return false;
  }
  if (self.is_explaining()) {
    self.trace()->egress = out.interface;
    self.trace()->leaves_as = line.leaves_as();
    self.trace()->fate = line.has(to_host) ? Fate::delivered : Fate::forwarded;
    return false;
  }
  if (line.has(to_host) &&
      !self.interfaces[out.interface].host_rate.take(host_packets_per_second, self.now())) {
    self.drop(packet, Reason::policed_service);
    return false;
  }
  return true;
}

void rewrite(Packet& packet, Worker& self) noexcept {
  Line& line = *packet.line;
  neighbour::Adjacency& out = self.neighbours.at(line.adjacency());
  const bool plain = is_plain(packet, line, out);
  if (!plain && !may_leave(packet, self)) return;
  if (!plain && line.has(helped) && !helper::serve(packet, self)) return;
  if ((packet.tcp_flags & RTE_TCP_SYN_FLAG) != 0 && self.network_of(line).clamp_mss) {
    clamp_mss(packet, std::min(packet.in->mtu(), out.mtu));
  }
  translate(packet, line);
  count(packet, line, self);
  if (!plain) return neighbour::send(self, packet, line.adjacency());
  neighbour::send_plain(self, packet, out);
}

}  // namespace

void Rewrite::run(Burst& burst, const Snapshot& /*now*/, Worker& self) noexcept {
  if (self.is_explaining()) {
    return burst.each([&](Packet& packet) {
      if (packet.line != nullptr) (void)may_leave(packet, self);
    });
  }
  burst.each([&](Packet& packet) {
    if (packet.line != nullptr) rewrite(packet, self);
  });
}

}  // namespace viaduct::flow
