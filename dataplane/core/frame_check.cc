#include "dataplane/core/frame_check.h"

#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_udp.h>

#include <cstring>
#include <span>

#include "base/net.h"

namespace viaduct {
namespace {

using View = std::span<const std::uint8_t>;

std::uint16_t get16(View bytes, std::size_t at) noexcept {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

// What follows the Ethernet header of a frame that carries IPv4; nothing of any other.
View ip_packet_in(const rte_mbuf& frame) noexcept {
  const View bytes{rte_pktmbuf_mtod(&frame, const std::uint8_t*), rte_pktmbuf_data_len(&frame)};
  constexpr std::size_t type_at = 2 * sizeof(rte_ether_addr);
  if (bytes.size() < sizeof(rte_ether_hdr) + sizeof(rte_vlan_hdr)) return {};
  const bool is_tagged = get16(bytes, type_at) == RTE_ETHER_TYPE_VLAN;
  const std::size_t tag = is_tagged ? sizeof(rte_vlan_hdr) : 0;
  if (get16(bytes, type_at + tag) != RTE_ETHER_TYPE_IPV4) return {};
  return bytes.subspan(sizeof(rte_ether_hdr) + tag);
}

// The host's own packets may have options.
std::size_t header_of(View ip_packet) noexcept {
  return std::size_t{ip_packet[0] & 0xfU} * 4;
}

// Whether the lengths are such that checksums can be told.
bool is_whole(View ip_packet) noexcept {
  if (ip_packet.size() < sizeof(rte_ipv4_hdr) || ip_packet[0] >> 4 != 4) return false;
  const std::size_t total = get16(ip_packet, 2);
  const std::size_t header = header_of(ip_packet);
  return header >= sizeof(rte_ipv4_hdr) && header <= total && total <= ip_packet.size();
}

std::uint32_t sum_of_pseudo_header(View ip_packet) noexcept {
  rte_ipv4_hdr header;  // a copy, since it may lie at any address
  std::memcpy(&header, ip_packet.data(), sizeof header);
  return rte_ipv4_phdr_cksum(&header, 0);
}

// Of a fragment, and of what has no checksum, nothing is wrong. REQUIRES: is_whole().
bool is_transport_right(View ip_packet) noexcept {
  constexpr std::size_t udp_checksum_at = 6;
  constexpr std::uint16_t fragment_bits = RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK;
  if ((get16(ip_packet, 6) & fragment_bits) != 0) return true;
  const View payload = ip_packet.first(get16(ip_packet, 2)).subspan(header_of(ip_packet));
  std::uint32_t sum = rte_raw_cksum(payload.data(), payload.size());
  switch (Protocol{ip_packet[9]}) {
    case Protocol::udp:
      if (payload.size() < sizeof(rte_udp_hdr) || get16(payload, udp_checksum_at) == 0) return true;
      [[fallthrough]];
    case Protocol::tcp:
      sum += sum_of_pseudo_header(ip_packet);
      [[fallthrough]];
    case Protocol::icmp:
      return (sum & 0xffff) + (sum >> 16) == 0xffff;
    default:
      return true;
  }
}

}  // namespace

void FrameCheck::look_at_arrival(rte_mbuf& frame) noexcept {
  if (arrivals_ == 0) return;
  --arrivals_;
  const View packet = ip_packet_in(frame);
  if (is_whole(packet) && is_transport_right(packet)) {
    frame.ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_GOOD;
  }
}

void FrameCheck::look_at_departure(const rte_mbuf& frame, std::uint16_t mtu) noexcept {
  --departures_;
  const View packet = ip_packet_in(frame);
  if (packet.empty()) return;
  const bool was_right =
      (frame.ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_GOOD;
  const bool is_sound = is_whole(packet) && packet.size() <= mtu &&
                        rte_raw_cksum(packet.data(), header_of(packet)) == 0xffff &&
                        (!was_right || is_transport_right(packet));
  unsound_ += is_sound ? 0 : 1;
}

}  // namespace viaduct
