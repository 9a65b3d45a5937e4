#include "dataplane/parse/fragments.h"

#include <algorithm>

#include "dataplane/core/worker.h"
#include "dataplane/parse/transport.h"

namespace viaduct::parse {
namespace {

using fragment::Fragment;
using fragment::Label;

bool is_from_outside(const Packet& packet) noexcept {
  return packet.in->is_outside() && !packet.from_host;
}

Reason go_by(const Label& label, Packet& packet) noexcept {
  label.tell(packet);
  packet.key =
      flow::Key::of(&packet.ip().src_addr, label.ports,
                    flow::Key::pack(Protocol{packet.ip().next_proto_id}, packet.in->router_slot()));
  return Reason::total;
}

// Who sends a fragment is part of its datagram's name, so that nobody has a say in others'
// datagrams: the outside, a guest interface, or the router's host there.
flow::Key datagram_of(const Packet& packet) noexcept {
  const auto& ip = packet.ip();
  const Slot sender = is_from_outside(packet) ? packet.in->router_slot() : packet.in->slot();
  return {Be32::raw(ip.src_addr), Be32::raw(ip.dst_addr), Be16::raw(ip.packet_id),
          Be16::of(packet.from_host ? 1 : 0), flow::Key::pack(Protocol{ip.next_proto_id}, sender)};
}

// False if it has a length that no fragment can have.
bool measure(const Packet& packet, Fragment& fragment) noexcept {
  constexpr unsigned unit = RTE_IPV4_HDR_OFFSET_UNITS;
  constexpr unsigned longest = 0xffff - sizeof(rte_ipv4_hdr);
  const unsigned bits = Be16::raw(packet.ip().fragment_offset).host();
  const unsigned length = packet.ip_length - unsigned{sizeof(rte_ipv4_hdr)};
  const unsigned begin = (bits & RTE_IPV4_HDR_OFFSET_MASK) * unit;
  fragment.is_last = (bits & RTE_IPV4_HDR_MF_FLAG) == 0;
  fragment.begin = static_cast<std::uint16_t>(begin);
  fragment.end = static_cast<std::uint16_t>(begin + length);
  return length != 0 && (fragment.is_last || length % unit == 0) && begin + length <= longest;
}

// What the first fragment says above IP. It holds the whole of the transport header (RFC 1858), but
// not all that a UDP header counts.
std::optional<Label> read_label(Packet& packet) noexcept {
  const Protocol protocol{packet.ip().next_proto_id};
  const auto there = static_cast<std::uint32_t>(packet.ip_length - sizeof(rte_ipv4_hdr));
  const bool is_udp = protocol == Protocol::udp && there >= sizeof(rte_udp_hdr);
  const std::uint32_t said = is_udp ? Be16::raw(packet.udp().dgram_len).host() : there;
  const Ports ports = read_transport(packet, protocol, std::max(said, there));
  return ports.make_sense() ? std::optional{Label::of(packet, ports.bits())} : std::nullopt;
}

// Hands a fragment to the worker where its datagram's meet. False if that is this one.
bool goes_elsewhere(Packet& packet, const flow::Key& datagram, Worker& self, CameBy way) noexcept {
  if (self.exchange == nullptr || way == CameBy::hand_over) return false;
  const auto there = self.exchange->worker_of(datagram, is_from_outside(packet));
  if (there == self.index) return false;
  rte_mbuf* mbuf = std::exchange(packet.mbuf, nullptr);
  const Slot from = packet.in->slot();
  fragment::label_of(*mbuf) = {};
  self.hand_over(there, {&mbuf, 1}, &from);
  return true;
}

}  // namespace

Reason read_fragment(Packet& packet, Worker& self, CameBy way) noexcept {
  packet.is_fragment = true;
  packet.is_later_fragment =
      (packet.ip().fragment_offset & RTE_BE16(RTE_IPV4_HDR_OFFSET_MASK)) != 0;
  if (way != CameBy::wire) {
    const Label& label = fragment::label_of(*packet.mbuf);
    if (label.is_known) return go_by(label, packet);
  }
  Fragment fragment{.datagram = datagram_of(packet)};
  if (!measure(packet, fragment)) return Reason::bad_fragment;
  if (!packet.is_later_fragment) {
    fragment.label = read_label(packet);
    if (!fragment.label) return Reason::bad_l4_header;
    if (packet.icmp_error) return Reason::bad_fragment;
  }
  if (self.is_explaining()) {  // the table stays as it is
    if (!fragment.label) return Reason::fragment_timeout;
    return go_by(*fragment.label, packet);
  }
  if (!goes_elsewhere(packet, fragment.datagram, self, way)) {
    self.fragments.take(self, packet, fragment);
  }
  return Reason::total;
}

}  // namespace viaduct::parse
