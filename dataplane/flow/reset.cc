#include "dataplane/flow/reset.h"

namespace viaduct::flow {

Reset judge_reset(const Packet& packet, const Line& line, const Line& other) noexcept {
  // As far as real stacks run ahead of what is acknowledged.
  constexpr std::uint32_t window = 1 << 20;
  const rte_tcp_hdr& tcp = packet.tcp();
  if ((other.tcp() & tcp_ack) != 0) {
    const std::uint32_t ahead = rte_be_to_cpu_32(tcp.sent_seq) - other.acknowledged;
    if (ahead == 0) return Reset::ends_it;
    return ahead < window ? Reset::is_inexact : Reset::is_blind;
  }
  // The opener gives up before anybody answered.
  if (other.tcp() == 0) return Reset::ends_it;
  // A refusal: it acknowledges the SYN (RFC 9293 3.10.7.3). That of a SYN which crossed another one
  // has the number after its own.
  const bool acknowledges = (packet.tcp_flags & RTE_TCP_ACK_FLAG) != 0 &&
                            rte_be_to_cpu_32(tcp.recv_ack) == other.acknowledged;
  const bool spoke =
      (line.tcp() & tcp_syn) != 0 && rte_be_to_cpu_32(tcp.sent_seq) == line.acknowledged;
  return acknowledges || spoke ? Reset::ends_it : Reset::is_blind;
}

}  // namespace viaduct::flow
