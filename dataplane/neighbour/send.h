#pragma once

#include <rte_ether.h>

#include <cstring>

#include "dataplane/core/worker.h"

namespace viaduct::neighbour {

// Neighbours::send() for a packet that nearly always finds its next hop known and the room before
// its IP header, at `l3`, as long as the header it gets.
inline void send(Worker& self, rte_mbuf* mbuf, AdjacencyId id, std::uint8_t l3) noexcept {
  constexpr std::uint8_t untagged = sizeof(rte_ether_hdr);
  Adjacency& to = self.neighbours.at(id);
  const bool is_plain =
      to.state == State::reachable && to.header_length == untagged && l3 == untagged;
  if (!is_plain) return self.neighbours.send(self, mbuf, id, l3);
  to.last_used = self.now();
  std::memcpy(rte_pktmbuf_mtod(mbuf, void*), to.header.data(), untagged);
  self.send(mbuf, to.port, to.interface);
}

}  // namespace viaduct::neighbour
