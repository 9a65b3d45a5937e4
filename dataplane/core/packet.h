#pragma once

#include <rte_ether.h>
#include <rte_icmp.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "base/checksum.h"
#include "dataplane/core/snapshot.h"
#include "dataplane/flow/session.h"

namespace viaduct {

// One packet on its way through the stages: a borrowed mbuf whose headers `parse` has proved to be
// there, and what the stages found out about it. One cache line.
struct alignas(64) Packet {
  rte_mbuf* mbuf = nullptr;  // nullptr: the packet has left
  const InterfaceView* in = nullptr;
  flow::Line* line = nullptr;    // of its session, once that is known to stand
  std::uint8_t* data = nullptr;  // of the frame, as it arrived
  flow::Key key;
  std::uint64_t hash = 0;
  std::uint16_t ip_length = 0;  // total length of the IP packet, bytes
  std::uint8_t l3 = 0;          // where the IP header begins, from the mbuf's data
  std::uint8_t l4 = 0;          // likewise what follows it
  std::uint8_t icmp_type = 0;
  std::uint8_t icmp_code = 0;
  std::uint8_t tcp_flags = 0;
  bool from_host : 1 = false;    // sent by the router's own host
  bool icmp_query : 1 = false;   // echo, timestamp ...: question or answer with an identifier
  bool icmp_answer : 1 = false;  // it is the answer
  bool for_all : 1 = false;      // its frame went to a group
  bool icmp_error : 1 = false;   // carries the header of the packet it complains about
  bool is_fragment : 1 = false;
  bool is_later_fragment : 1 = false;  // not the first: says nothing above IP by itself

  [[nodiscard]] std::uint8_t* at(std::uint16_t offset) const { return data + offset; }
  template <class Header>
  [[nodiscard]] Header& header(std::uint16_t offset) const {
    void* start = data + offset;
    return *static_cast<Header*>(start);
  }
  [[nodiscard]] rte_ether_hdr& ethernet() const { return header<rte_ether_hdr>(0); }
  [[nodiscard]] rte_ipv4_hdr& ip() const { return header<rte_ipv4_hdr>(l3); }
  // TCP and UDP both begin with their two ports.
  [[nodiscard]] rte_udp_hdr& udp() const { return header<rte_udp_hdr>(l4); }
  [[nodiscard]] rte_tcp_hdr& tcp() const { return header<rte_tcp_hdr>(l4); }
  [[nodiscard]] rte_icmp_hdr& icmp() const { return header<rte_icmp_hdr>(l4); }
  [[nodiscard]] Protocol protocol() const { return key.protocol(); }
  [[nodiscard]] bool is_in_transit() const { return in->is_transit() && !from_host; }
};
static_assert(sizeof(Packet) == 64);

// One hop less to live (RFC 1812 5.3.1), its checksum with it (RFC 1624).
inline void age(rte_ipv4_hdr& ip) noexcept {
  constexpr std::uint16_t one_hop =
      Change{Be16::of(0x0100).bits(), Be16::of(0x0000).bits()}.folded();
  --ip.time_to_live;
  ip.hdr_checksum = apply_folded(one_hop, Be16::raw(ip.hdr_checksum)).bits();
}

}  // namespace viaduct
