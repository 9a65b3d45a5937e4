#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace viaduct {

// Why a packet went no further. Every dropped packet is counted under exactly one of these.
enum class Reason : std::uint8_t {
  runt,
  unsupported_ethertype,
  no_interface,
  bad_arp,
  spoofed_arp,
  arp_limit,
  bad_ip_header,
  bad_ip_checksum,
  ip_options,
  bad_fragment,
  fragment_overlap,
  fragment_timeout,
  fragment_limit,
  bad_l4_header,
  bad_l4_checksum,
  martian_source,
  martian_destination,
  spoofed_source,
  ttl_expired,
  no_route,
  neighbour_unreachable,
  neighbour_queue_full,
  denied_inbound,
  denied_egress,
  no_service,
  policed_service,
  no_session,
  blind_reset,
  session_revoked,
  session_table_full,
  guest_session_limit,
  no_public_port,
  guest_port_limit,
  too_big,
  port_down,
  port_queue_full,
  host_queue_full,
  worker_queue_full,
  icmp_limit,
  total,
};

struct ReasonFacts {
  std::string_view name;
  std::string_view meaning;
};

inline constexpr std::array<ReasonFacts, static_cast<std::size_t>(Reason::total)> reasons{{
    {"runt", "the frame ends within its Ethernet or VLAN header"},
    {"unsupported_ethertype", "neither IPv4 nor ARP"},
    {"no_interface", "no interface has this port, VLAN and destination address"},
    {"bad_arp", "malformed ARP, or one that claims an address it cannot have"},
    {"spoofed_arp", "ARP that claims an address of a guest that has another Ethernet address"},
    {"arp_limit", "more ARP of stations that nobody speaks with than is listened to"},
    {"bad_ip_header", "IP version, header length or total length contradict the frame"},
    {"bad_ip_checksum", "the IP header's checksum is wrong"},
    {"ip_options", "IP options are not forwarded"},
    {"bad_fragment", "a fragment of a length it cannot have, or of an ICMP error"},
    {"fragment_overlap", "overlaps a fragment of its datagram, or belongs to one with such"},
    {"fragment_timeout", "the first fragment of its datagram did not come in time"},
    {"fragment_limit", "its sender has too many fragments under way"},
    {"bad_l4_header", "the TCP, UDP or ICMP header is cut short or contradicts itself"},
    {"bad_l4_checksum", "the first packet of a session has a wrong TCP, UDP or ICMP checksum"},
    {"martian_source", "a source address that no station may have (RFC 1812 5.3.7)"},
    {"martian_destination", "a destination address that is not forwarded (RFC 1812 5.3.7)"},
    {"spoofed_source", "the source does not belong to the network it came from"},
    {"ttl_expired", "the time to live ran out here"},
    {"no_route", "no route to the destination"},
    {"neighbour_unreachable", "the next hop does not answer ARP"},
    {"neighbour_queue_full", "too many packets wait for the next hop's ARP answer"},
    {"denied_inbound", "no firewall rule opens the destination"},
    {"denied_egress", "the network may not send this out"},
    {"no_service", "for the router itself, which offers nothing there"},
    {"policed_service", "for the router itself, above the service's rate"},
    {"no_session", "neither opens a session nor belongs to one"},
    {"blind_reset", "a TCP reset with a number that its receiver does not wait for (RFC 5961)"},
    {"session_revoked", "its session is no longer allowed"},
    {"session_table_full", "no room for another session"},
    {"guest_session_limit", "its guest has as many sessions as it may have"},
    {"no_public_port", "every port of the public address is taken"},
    {"guest_port_limit", "its guest has as many public ports as it may have"},
    {"too_big", "larger than the MTU, and may not or cannot be fragmented"},
    {"port_down", "the egress port's device is missing"},
    {"port_queue_full", "the egress port takes no more packets"},
    {"host_queue_full", "the router's own host takes no more packets"},
    {"worker_queue_full", "the worker that its session belongs to has too much to do"},
    {"icmp_limit", "above the rate of ICMP messages that are sent or passed on"},
}};

constexpr const ReasonFacts& facts(Reason reason) {
  return reasons[static_cast<std::size_t>(reason)];
}
constexpr std::string_view name_of(Reason reason) {
  return facts(reason).name;
}

using DropCounts = std::array<std::uint64_t, static_cast<std::size_t>(Reason::total)>;

}  // namespace viaduct
