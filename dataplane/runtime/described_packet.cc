#include "dataplane/runtime/described_packet.h"

#include <rte_ether.h>
#include <rte_icmp.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include <algorithm>
#include <cstring>

#include "dataplane/neighbour/arp.h"

namespace viaduct::runtime {
namespace {

constexpr Mac stranger{{0x02, 0x76, 0xff, 0xff, 0xff, 0xfe}};

std::uint8_t flags_of(const std::string& letters) {
  unsigned flags = 0;
  for (const char letter : letters) flags |= 1U << tcp_flag_letters.find(letter);
  return static_cast<std::uint8_t>(flags);
}

std::size_t header_length(Protocol protocol) {
  if (protocol == Protocol::tcp) return sizeof(rte_tcp_hdr);
  return protocol == Protocol::udp || protocol == Protocol::icmp ? sizeof(rte_udp_hdr) : 0;
}

void write_transport(const rte_ipv4_hdr& ip, void* start, std::size_t length, const Tuple& tuple,
                     const DescribedPacket& packet) {
  if (tuple.protocol == Protocol::tcp) {
    auto& tcp = *static_cast<rte_tcp_hdr*>(start);
    tcp.src_port = Be16::of(tuple.source.port).bits();
    tcp.dst_port = Be16::of(tuple.destination.port).bits();
    tcp.data_off = 0x50;
    tcp.tcp_flags = flags_of(packet.tcp_flags);
    tcp.cksum = rte_ipv4_udptcp_cksum(&ip, &tcp);
  } else if (tuple.protocol == Protocol::udp) {
    auto& udp = *static_cast<rte_udp_hdr*>(start);
    udp.src_port = Be16::of(tuple.source.port).bits();
    udp.dst_port = Be16::of(tuple.destination.port).bits();
    udp.dgram_len = Be16::of(static_cast<std::uint16_t>(length)).bits();
    udp.dgram_cksum = rte_ipv4_udptcp_cksum(&ip, &udp);
  } else if (tuple.protocol == Protocol::icmp) {
    auto& icmp = *static_cast<rte_icmp_hdr*>(start);
    icmp.icmp_type = packet.icmp_type;
    icmp.icmp_code = packet.icmp_code;
    icmp.icmp_ident = Be16::of(tuple.source.port).bits();
    icmp.icmp_cksum = static_cast<std::uint16_t>(~rte_raw_cksum(&icmp, length));
  }
}

}  // namespace

Result<const InterfaceView*> find_interface(const Snapshot& snapshot,
                                            const DescribedPacket& packet) {
  for (const auto& router : snapshot.routers()) {
    if (router->compiled->id != packet.router) continue;
    for (const InterfaceView* interface : router->interfaces) {
      if (interface->config->id == packet.interface) return interface;
    }
    return fail(Fault::not_found, "/interface",
                "router '" + packet.router + "' has no interface '" + packet.interface + "'");
  }
  return fail(Fault::not_found, "/router", "there is no router '" + packet.router + "'");
}

rte_mbuf* make_frame(rte_mempool* buffers, const InterfaceView& in, const Tuple& tuple,
                     const DescribedPacket& packet) {
  rte_mbuf* mbuf = rte_pktmbuf_alloc(buffers);
  if (mbuf == nullptr) return nullptr;
  std::array<std::uint8_t, 18> ethernet{};
  const bool is_from_host = in.port == no_port;
  const std::uint8_t l2 = neighbour::ethernet_header(
      ethernet.data(), is_from_host ? neighbour::host_gateway : in.config->mac, stranger,
      is_from_host ? std::uint16_t{0} : in.config->vlan, RTE_ETHER_TYPE_IPV4);
  const std::size_t least = sizeof(rte_ipv4_hdr) + header_length(tuple.protocol);
  const auto total = static_cast<std::uint16_t>(std::max<std::size_t>(least, packet.length.value));
  auto* start = rte_pktmbuf_append(mbuf, static_cast<std::uint16_t>(l2 + total));
  if (start == nullptr) {
    rte_pktmbuf_free(mbuf);
    return nullptr;
  }
  std::memset(start, 0, l2 + std::size_t{total});
  std::memcpy(start, ethernet.data(), l2);
  auto& ip = *rte_pktmbuf_mtod_offset(mbuf, rte_ipv4_hdr*, l2);
  ip.version_ihl = 0x45;
  ip.total_length = Be16::of(total).bits();
  if (packet.dont_fragment) ip.fragment_offset = Be16::of(RTE_IPV4_HDR_DF_FLAG).bits();
  ip.time_to_live = packet.ttl;
  ip.next_proto_id = static_cast<std::uint8_t>(tuple.protocol);
  ip.src_addr = tuple.source.address.as_v4().bits();
  ip.dst_addr = tuple.destination.address.as_v4().bits();
  ip.hdr_checksum = rte_ipv4_cksum(&ip);
  write_transport(ip, &ip + 1, total - sizeof(rte_ipv4_hdr), tuple, packet);
  mbuf->port = in.port;
  mbuf->hash.usr = in.slot();
  return mbuf;
}

}  // namespace viaduct::runtime
