#include "dataplane/icmp/errors.h"

#include <cstring>

#include "dataplane/core/packet.h"
#include "dataplane/core/worker.h"

namespace viaduct::icmp {
namespace {

constexpr std::uint32_t errors_per_second = 1000;  // by one interface
constexpr std::uint32_t errors_to_one = 100;       // likewise, to one station
constexpr std::uint16_t most_quoted = 548;         // RFC 1812 4.3.2.3: 576 bytes in all
constexpr std::uint8_t destination_unreachable = 3;
constexpr std::uint8_t net_unreachable = 0;
constexpr std::uint8_t host_is_unreachable = 1;
constexpr std::uint8_t port_is_unreachable = 3;
constexpr std::uint8_t fragmentation_needed = 4;
constexpr std::uint8_t administratively_prohibited = 13;
constexpr std::uint8_t ttl_exceeded = 11;

struct Error {
  std::uint8_t type;
  std::uint8_t code;
  std::uint16_t mtu = 0;
};

// RFC 1122 3.2.2: never about an error, nor about what was for all, nor about a fragment that is
// not the first, nor to what is not one station; nor to ourselves.
bool may_answer(const Packet& packet) noexcept {
  const Address source = Address::v4(Be32::raw(packet.ip().src_addr));
  const bool may_be_error = packet.protocol() == Protocol::icmp && !packet.icmp_query;
  return !may_be_error && !packet.for_all && !packet.is_later_fragment && !packet.from_host &&
         !source.is_multicast() && source != Address::v4(Be32{}) &&
         source != Address::v4(Be32::of(0xffffffff)) && !packet.in->router->compiled->owns(source);
}

void send(Worker& self, const Packet& about, Error error) noexcept {
  if (!may_answer(about) || self.is_explaining()) return;
  const Address to = Address::v4(Be32::raw(about.ip().src_addr));
  const Address* from = about.in->config->address_facing(to);
  const auto hop = about.in->router->compiled->routes.find_by(*about.in->config, to);
  if (from == nullptr || !from->is_v4() || !hop) return;
  if (!self.told.take(about.in->slot(), to, errors_to_one, self.now()) ||
      !self.interfaces[about.in->slot()].icmp_errors.take(errors_per_second, self.now())) {
    return;
  }
  const auto adjacency = self.neighbours.get(*about.in, hop->next_hop, self.now());
  rte_mbuf* mbuf = adjacency == 0 ? nullptr : self.allocate();
  if (mbuf == nullptr) return;

  const std::uint16_t quoted = std::min(about.ip_length, most_quoted);
  constexpr std::uint16_t headers = sizeof(rte_ipv4_hdr) + sizeof(rte_icmp_hdr);
  auto* start = rte_pktmbuf_append(mbuf, static_cast<std::uint16_t>(headers + quoted));
  std::memset(start, 0, headers);
  auto& ip = *rte_pktmbuf_mtod(mbuf, rte_ipv4_hdr*);
  ip.version_ihl = 0x45;
  ip.type_of_service = 0xc0;  // RFC 1812 4.3.2.5: internetwork control
  ip.total_length = rte_cpu_to_be_16(static_cast<std::uint16_t>(headers + quoted));
  ip.time_to_live = 64;
  ip.next_proto_id = IPPROTO_ICMP;
  ip.src_addr = from->as_v4().bits();
  ip.dst_addr = about.ip().src_addr;
  ip.hdr_checksum = rte_ipv4_cksum(&ip);
  auto& icmp = *rte_pktmbuf_mtod_offset(mbuf, rte_icmp_hdr*, sizeof(rte_ipv4_hdr));
  icmp.icmp_type = error.type;
  icmp.icmp_code = error.code;
  icmp.icmp_seq_nb = rte_cpu_to_be_16(error.mtu);
  std::memcpy(start + headers, about.at(about.l3), quoted);
  icmp.icmp_cksum =
      static_cast<std::uint16_t>(~rte_raw_cksum(&icmp, sizeof(rte_icmp_hdr) + std::size_t{quoted}));
  self.neighbours.send(self, mbuf, adjacency);
}

}  // namespace

void time_exceeded(Worker& self, Packet& packet) noexcept {
  send(self, packet, {ttl_exceeded, 0});
  self.drop(packet, Reason::ttl_expired);
}

void no_route(Worker& self, Packet& packet) noexcept {
  send(self, packet, {destination_unreachable, net_unreachable});
  self.drop(packet, Reason::no_route);
}

void host_unreachable(Worker& self, Packet& packet) noexcept {
  send(self, packet, {destination_unreachable, host_is_unreachable});
  self.drop(packet, Reason::neighbour_unreachable);
}

void port_unreachable(Worker& self, Packet& packet) noexcept {
  send(self, packet, {destination_unreachable, port_is_unreachable});
  self.drop(packet, Reason::denied_inbound);
}

void too_big(Worker& self, Packet& packet, std::uint16_t mtu) noexcept {
  send(self, packet, {destination_unreachable, fragmentation_needed, mtu});
  self.drop(packet, Reason::too_big);
}

void tell_prohibited(Worker& self, const Packet& packet) noexcept {
  if (packet.in->config->role != interface::Role::guest) return;
  send(self, packet, {destination_unreachable, administratively_prohibited});
}

void turn_back(Worker& self, Packet& packet, std::uint16_t mtu) noexcept {
  if (packet.ip().time_to_live <= 1 && !packet.from_host) return time_exceeded(self, packet);
  too_big(self, packet, mtu);
}

}  // namespace viaduct::icmp
