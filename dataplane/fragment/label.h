#pragma once

#include <cstdint>

#include "dataplane/core/packet.h"

struct rte_mbuf;

namespace viaduct::fragment {

// What the first fragment of a datagram says above IP: all of its fragments go by that. It lies in
// their buffers, so that it goes with them from worker to worker.
struct Label {
  std::uint32_t ports = 0;  // as they lie in memory
  std::uint8_t icmp_type = 0;
  std::uint8_t icmp_code = 0;
  std::uint8_t tcp_flags = 0;
  bool is_known : 1 = false;
  bool icmp_query : 1 = false;
  bool icmp_answer : 1 = false;

  static Label of(const Packet& first, std::uint32_t ports) noexcept {
    return {ports, first.icmp_type,  first.icmp_code,  first.tcp_flags,
            true,  first.icmp_query, first.icmp_answer};
  }
  void tell(Packet& packet) const noexcept {
    packet.icmp_type = icmp_type;
    packet.icmp_code = icmp_code;
    packet.tcp_flags = tcp_flags;
    packet.icmp_query = icmp_query;
    packet.icmp_answer = icmp_answer;
  }
};
static_assert(sizeof(Label) == 8);

// Sees to it that buffers have a place for it. False if there is none.
[[nodiscard]] bool make_room_for_labels() noexcept;
// REQUIRES: there is room.
[[nodiscard]] Label& label_of(rte_mbuf& fragment) noexcept;

}  // namespace viaduct::fragment
