#include "dataplane/icmp/quote.h"

#include "dataplane/flow/enhanced_gre.h"
#include "dataplane/flow/icmp_ports.h"

namespace viaduct::icmp {

std::optional<Quote> read_quote(const Packet& packet) noexcept {
  Quote quote;
  quote.l3 = static_cast<std::uint16_t>(packet.l4 + sizeof(rte_icmp_hdr));
  const auto& ip = packet.header<rte_ipv4_hdr>(quote.l3);
  const auto header = static_cast<std::uint16_t>((ip.version_ihl & 0xf) * 4);
  quote.l4 = static_cast<std::uint16_t>(quote.l3 + header);
  const std::size_t end = std::size_t{packet.l3} + packet.ip_length;
  if (ip.version_ihl >> 4 != 4 || header < sizeof(rte_ipv4_hdr) || quote.l4 + 8U > end) {
    return std::nullopt;
  }
  if (rte_raw_cksum(&ip, header) != 0xffff) return std::nullopt;  // RFC 5508 REQ-3 a
  if ((rte_be_to_cpu_16(ip.fragment_offset) & RTE_IPV4_HDR_OFFSET_MASK) != 0) return std::nullopt;
  quote.l4_length = static_cast<std::uint16_t>(end - quote.l4);
  quote.key = {Be32::raw(ip.src_addr),
               Be32::raw(ip.dst_addr),
               {},
               {},
               flow::Key::pack(Protocol{ip.next_proto_id}, packet.in->router_slot())};
  if (quote.key.protocol() == Protocol::tcp || quote.key.protocol() == Protocol::udp) {
    const auto& ports = packet.header<rte_udp_hdr>(quote.l4);
    quote.key.source_port = Be16::raw(ports.src_port);
    quote.key.destination_port = Be16::raw(ports.dst_port);
  } else if (quote.key.protocol() == Protocol::icmp) {
    const flow::IcmpPorts ports = flow::icmp_ports(packet.header<rte_icmp_hdr>(quote.l4));
    quote.key.source_port = ports.source;
    quote.key.destination_port = ports.destination;
  } else if (quote.key.protocol() == Protocol::gre && packet.in->knows_calls()) {
    const auto* gre = flow::enhanced_gre(packet.at(quote.l4), quote.l4_length);
    if (gre != nullptr) quote.key.destination_port = gre->call;
  }
  return quote;
}

}  // namespace viaduct::icmp
