#pragma once

#include <rte_ether.h>

#include <cstring>

#include "dataplane/core/worker.h"

namespace viaduct::neighbour {

// Whether a frame whose IP header begins at `l3` needs no more than this next hop's header in the
// place of its own.
[[nodiscard]] inline bool is_plain(const Adjacency& to, std::uint8_t l3) noexcept {
  return to.state == State::reachable && to.header_length == l3;
}

// Sends `packet` to a next hop for which it is plain.
inline void send_plain(Worker& self, Packet& packet, Adjacency& to) noexcept {
  constexpr std::uint8_t untagged = sizeof(rte_ether_hdr);
  to.last_used = self.now();
  std::memcpy(packet.data, to.header.data(), untagged);
  if (packet.l3 != untagged) std::memcpy(packet.data, to.header.data(), to.header.size());
  self.send(std::exchange(packet.mbuf, nullptr), to.port, to.interface);
}

// Neighbours::send() for a packet that nearly always is plain.
inline void send(Worker& self, Packet& packet, AdjacencyId id) noexcept {
  Adjacency& to = self.neighbours.at(id);
  if (is_plain(to, packet.l3) && packet.ip_length <= to.mtu) return send_plain(self, packet, to);
  self.neighbours.send(self, std::exchange(packet.mbuf, nullptr), id, packet.l3);
}

}  // namespace viaduct::neighbour
