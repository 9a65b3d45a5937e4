#pragma once

#include "base/checksum.h"
#include "dataplane/core/packet.h"

namespace viaduct::icmp {

// Applies a change to the checksum of an ICMP message. One's complement has two zeros, and a
// message of nothing but zeros (an answer to ping with identifier and number 0) needs the other
// one, which RFC 1624 leaves open.
inline void change_checksum(rte_icmp_hdr& icmp, std::size_t length, Change change) noexcept {
  icmp.icmp_cksum = change.applied_to(Be16::raw(icmp.icmp_cksum)).bits();
  if (icmp.icmp_cksum == 0 && rte_raw_cksum(&icmp, length) == 0) icmp.icmp_cksum = 0xffff;
}
inline void change_checksum(const Packet& packet, Change change) noexcept {
  change_checksum(packet.icmp(), packet.ip_length - (std::size_t{packet.l4} - packet.l3), change);
}

}  // namespace viaduct::icmp
