#pragma once

#include <cstdint>
#include <span>

#include "base/net.h"
#include "dataplane/core/fwd.h"
#include "dataplane/core/snapshot.h"

namespace viaduct {
struct Packet;
}

namespace viaduct::neighbour {

// Who the router's own host believes is behind its TAPs, whatever address it asks for: the packet
// path, which then finds the real next hop.
constexpr Mac host_gateway{{0x02, 0x76, 0x00, 0x00, 0x00, 0x01}};

// Writes an Ethernet header, tagged if `vlan` is not 0, and returns its length: 14 or 18 bytes.
std::uint8_t ethernet_header(std::uint8_t* out, const Mac& destination, const Mac& source,
                             std::uint16_t vlan, std::uint16_t type) noexcept;

// Sends a frame of the router's own host that is addressed to a station, or to all, as it is. The
// packet has left afterwards.
void send_from_host(Worker& self, Packet& packet) noexcept;

// Asks who has `address` on the network of an interface.
void send_request(Worker& self, Slot interface, const Address& address, const Mac& whom) noexcept;

// Tells everybody on the network that `address` is ours (gratuitous ARP, RFC 5227 2.3).
void announce(Worker& self, const InterfaceView& interface, const Address& address) noexcept;

// Takes an ARP packet: learns, answers for the router's addresses, and for everything when it is
// the router's own host that asks. The packet has left afterwards. `group` is everyone on the wire.
void receive(Worker& self, Packet& packet, std::span<const InterfaceView* const> group) noexcept;
// The same, for one that another worker received and answers: learns alone.
void overhear(Worker& self, Packet& packet, std::span<const InterfaceView* const> group) noexcept;

}  // namespace viaduct::neighbour
