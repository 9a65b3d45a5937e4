#include "bench/frames.h"

#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include <charconv>
#include <cstring>

namespace viaduct::bench {
namespace {

constexpr std::uint16_t l3 = sizeof(rte_ether_hdr);
constexpr std::uint16_t l4 = l3 + sizeof(rte_ipv4_hdr);
constexpr std::uint16_t nic_checksum = 4;
constexpr std::uint16_t shortest_frame = 64;
constexpr std::uint16_t longest_frame = 1518;

std::uint16_t fold(std::uint32_t sum) noexcept {
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>((sum & 0xffff) + (sum >> 16));
}

std::uint32_t halves(std::uint32_t word) noexcept {
  return (word & 0xffff) + (word >> 16);
}

std::uint16_t l4_header_length(Protocol protocol) noexcept {
  return protocol == Protocol::tcp ? sizeof(rte_tcp_hdr) : sizeof(rte_udp_hdr);
}

template <class Header>
Header& header(const rte_mbuf& mbuf, std::uint16_t offset) noexcept {
  return *rte_pktmbuf_mtod_offset(&mbuf, Header*, offset);
}

}  // namespace

Sketch Sketch::of(const Tuple& tuple, std::uint32_t number, bool from_guest) {
  Sketch sketch{.source = tuple.source.address.as_v4(),
                .destination = tuple.destination.address.as_v4(),
                .source_port = Be16::of(tuple.source.port),
                .destination_port = Be16::of(tuple.destination.port),
                .number = number,
                .protocol = tuple.protocol,
                .from_guest = from_guest};
  const std::uint32_t addresses = halves(sketch.source.bits()) + halves(sketch.destination.bits());
  // Version 4, 20 bytes, TTL 64, protocol; as they lie in memory.
  const auto protocol = static_cast<std::uint16_t>(tuple.protocol);
  const std::uint32_t fixed =
      Be16::of(0x4500).bits() +
      std::uint32_t{Be16::of(static_cast<std::uint16_t>(0x4000 | protocol)).bits()};
  sketch.ip_sum = fold(addresses + fixed);
  sketch.l4_sum = fold(addresses + sketch.source_port.bits() + sketch.destination_port.bits() +
                       Be16::of(protocol).bits() + halves(number));
  return sketch;
}

Tuple Sketch::tuple() const {
  return {protocol,
          {Address::v4(source), source_port.host()},
          {Address::v4(destination), destination_port.host()}};
}

Result<FrameLengths> FrameLengths::parse(const std::string& text) {
  FrameLengths lengths;
  lengths.name_ = text;
  if (text == "imix") {
    lengths.lengths_ = {64, 594, 64, 64, 594, 64, 594, 64, 1518, 64, 594, 64};
  } else {
    std::uint16_t length = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), length);
    if (text == "1500") length = longest_frame;
    if (problem != std::errc{} || end != text.data() + text.size() || length < shortest_frame ||
        length > longest_frame) {
      return fail(Fault::invalid, "--frame",
                  "'" + text + "' is neither imix nor a length from 64 to 1518 bytes");
    }
    lengths.lengths_ = {length};
  }
  for (std::uint16_t& length : lengths.lengths_) length -= nic_checksum;
  return lengths;
}

void write_frame(rte_mbuf& mbuf, const Sketch& sketch, std::uint16_t length,
                 const InterfaceView& to, TcpFlags flags) noexcept {
  rte_pktmbuf_reset_headroom(&mbuf);
  mbuf.data_len = length;
  mbuf.pkt_len = length;
  mbuf.port = to.port;
  mbuf.ol_flags = 0;
  auto& ethernet = header<rte_ether_hdr>(mbuf, 0);
  std::memcpy(&ethernet.dst_addr, to.config->mac.bytes.data(), RTE_ETHER_ADDR_LEN);
  const Mac from = mac_of(Address::v4(sketch.source));
  std::memcpy(&ethernet.src_addr, from.bytes.data(), RTE_ETHER_ADDR_LEN);
  ethernet.ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4);
  const auto ip_length = static_cast<std::uint16_t>(length - l3);
  const auto l4_length = static_cast<std::uint16_t>(length - l4);
  auto& ip = header<rte_ipv4_hdr>(mbuf, l3);
  ip = {};
  ip.version_ihl = RTE_IPV4_VHL_DEF;
  ip.total_length = rte_cpu_to_be_16(ip_length);
  ip.time_to_live = 64;
  ip.next_proto_id = static_cast<std::uint8_t>(sketch.protocol);
  ip.src_addr = sketch.source.bits();
  ip.dst_addr = sketch.destination.bits();
  ip.hdr_checksum =
      static_cast<std::uint16_t>(~fold(std::uint32_t{sketch.ip_sum} + ip.total_length));
  // The rest of the payload is zero, and was when the buffer was made; only the number counts.
  const std::uint32_t sum = std::uint32_t{sketch.l4_sum} + rte_cpu_to_be_16(l4_length);
  if (sketch.protocol == Protocol::tcp) {
    auto& tcp = header<rte_tcp_hdr>(mbuf, l4);
    tcp = {};
    tcp.src_port = sketch.source_port.bits();
    tcp.dst_port = sketch.destination_port.bits();
    tcp.data_off = 0x50;
    tcp.tcp_flags = static_cast<std::uint8_t>(flags);
    const std::uint16_t offset_and_flags =
        rte_cpu_to_be_16(static_cast<std::uint16_t>(0x5000 | tcp.tcp_flags));
    tcp.cksum = static_cast<std::uint16_t>(~fold(sum + offset_and_flags));
  } else {
    auto& udp = header<rte_udp_hdr>(mbuf, l4);
    udp.src_port = sketch.source_port.bits();
    udp.dst_port = sketch.destination_port.bits();
    udp.dgram_len = rte_cpu_to_be_16(l4_length);
    const auto checksum = static_cast<std::uint16_t>(~fold(sum + udp.dgram_len));
    udp.dgram_cksum = checksum == 0 ? std::uint16_t{0xffff} : checksum;
  }
  std::memcpy(&header<std::uint8_t>(mbuf, l4 + l4_header_length(sketch.protocol)), &sketch.number,
              sizeof sketch.number);
}

std::uint32_t number_in(const rte_mbuf& mbuf) noexcept {
  const auto protocol = Protocol{header<rte_ipv4_hdr>(mbuf, l3).next_proto_id};
  std::uint32_t number = 0;
  std::memcpy(&number, &header<std::uint8_t>(mbuf, l4 + l4_header_length(protocol)), sizeof number);
  return number;
}

Tuple tuple_in(const rte_mbuf& mbuf) noexcept {
  const auto& ip = header<rte_ipv4_hdr>(mbuf, l3);
  const auto& udp = header<rte_udp_hdr>(mbuf, l4);
  return {Protocol{ip.next_proto_id},
          {Address::v4(Be32::raw(ip.src_addr)), Be16::raw(udp.src_port).host()},
          {Address::v4(Be32::raw(ip.dst_addr)), Be16::raw(udp.dst_port).host()}};
}

Hop hop_of(const rte_mbuf& mbuf) noexcept {
  const auto& ethernet = header<rte_ether_hdr>(mbuf, 0);
  Hop hop;
  std::memcpy(hop.from.bytes.data(), &ethernet.src_addr, RTE_ETHER_ADDR_LEN);
  std::memcpy(hop.to.bytes.data(), &ethernet.dst_addr, RTE_ETHER_ADDR_LEN);
  return hop;
}

bool is_ours(const rte_mbuf& mbuf) noexcept {
  if (header<rte_ether_hdr>(mbuf, 0).ether_type != RTE_BE16(RTE_ETHER_TYPE_IPV4)) return false;
  const auto protocol = Protocol{header<rte_ipv4_hdr>(mbuf, l3).next_proto_id};
  return protocol == Protocol::udp || protocol == Protocol::tcp;
}

std::string complaint_about(const rte_mbuf& mbuf) {
  const auto& ip = header<rte_ipv4_hdr>(mbuf, l3);
  if (fold(rte_raw_cksum(&ip, sizeof ip)) != 0xffff) return "wrong IP checksum";
  const std::size_t length = rte_be_to_cpu_16(ip.total_length) - sizeof ip;
  const std::uint32_t sum = std::uint32_t{rte_ipv4_phdr_cksum(&ip, 0)} +
                            rte_raw_cksum(&header<std::uint8_t>(mbuf, l4), length);
  if (fold(sum) != 0xffff) return "wrong transport checksum";
  if (ip.time_to_live != 63) return "TTL is " + std::to_string(ip.time_to_live);
  return "";
}

Mac mac_of(const Address& neighbour) {
  Mac mac{{0x02, 0x00}};
  const std::uint32_t bits = neighbour.as_v4().bits();
  std::memcpy(&mac.bytes[2], &bits, sizeof bits);
  return mac;
}

}  // namespace viaduct::bench
