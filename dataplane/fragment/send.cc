#include "dataplane/fragment/send.h"

#include <rte_ip.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <cstring>

#include "dataplane/core/worker.h"

namespace viaduct::fragment {
namespace {

constexpr std::uint32_t header = sizeof(rte_ipv4_hdr);

// The `size` bytes of the payload from `at` on; nullptr when there is no buffer.
rte_mbuf* cut(Worker& self, const rte_mbuf* packet, std::uint32_t at, std::uint32_t size) noexcept {
  rte_mbuf* piece = self.allocate();
  if (piece == nullptr) return nullptr;
  const auto* from = rte_pktmbuf_mtod(packet, const std::uint8_t*);
  auto* start = rte_pktmbuf_append(piece, static_cast<std::uint16_t>(header + size));
  std::memcpy(start, from, header);
  std::memcpy(start + header, from + header + at, size);
  auto& ip = *rte_pktmbuf_mtod(piece, rte_ipv4_hdr*);
  const bool is_last = header + at + size == rte_pktmbuf_pkt_len(packet);
  const std::uint32_t bits = rte_be_to_cpu_16(ip.fragment_offset) + at / RTE_IPV4_HDR_OFFSET_UNITS;
  ip.fragment_offset =
      rte_cpu_to_be_16(static_cast<std::uint16_t>(is_last ? bits : bits | RTE_IPV4_HDR_MF_FLAG));
  ip.total_length = rte_cpu_to_be_16(static_cast<std::uint16_t>(header + size));
  ip.hdr_checksum = 0;
  ip.hdr_checksum = rte_ipv4_cksum(&ip);
  return piece;
}

}  // namespace

void send(Worker& self, rte_mbuf* packet, neighbour::AdjacencyId by) noexcept {
  const neighbour::Adjacency& to = self.neighbours.at(by);
  const std::uint32_t room =
      (to.mtu - header) / RTE_IPV4_HDR_OFFSET_UNITS * RTE_IPV4_HDR_OFFSET_UNITS;
  const std::uint32_t length = rte_pktmbuf_pkt_len(packet) - header;
  for (std::uint32_t at = 0; at < length; at += room) {
    rte_mbuf* piece = cut(self, packet, at, std::min(room, length - at));
    if (piece == nullptr) return self.drop(packet, to.interface, Reason::too_big);
    self.neighbours.send(self, piece, by);
  }
  ++self.totals.consumed;
  rte_pktmbuf_free(packet);
}

}  // namespace viaduct::fragment
