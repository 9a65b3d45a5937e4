#include "tests/reference/packet.h"

#include <algorithm>

namespace viaduct::test::reference {
namespace {

constexpr std::uint8_t echo_reply = 0;
constexpr std::uint8_t echo = 8;
constexpr std::uint8_t timestamp = 13;
constexpr std::uint8_t timestamp_reply = 14;

std::uint8_t to_byte(unsigned value) {
  return static_cast<std::uint8_t>(value);
}
std::uint16_t to_word(unsigned value) {
  return static_cast<std::uint16_t>(value);
}

bool is(const Packet& packet, std::initializer_list<std::uint8_t> types) {
  return packet.protocol == Protocol::icmp &&
         std::ranges::find(types, packet.icmp_type) != types.end();
}

std::string ends(const Tuple& tuple) {
  return to_string(tuple.source) + " > " + to_string(tuple.destination);
}

}  // namespace

bool Packet::is_icmp_question() const {
  return is(*this, {echo, timestamp});
}
bool Packet::is_icmp_answer() const {
  return is(*this, {echo_reply, timestamp_reply});
}
bool Packet::is_icmp_error() const {
  return is(*this, {3, 11, 12});
}

std::uint16_t length_of(const Packet& packet) {
  if (packet.length != 0) return packet.length;
  constexpr unsigned ip_header = 20;
  const unsigned body =
      packet.quoted ? std::min(packet.quoted_bytes, length_of(*packet.quoted)) : 8U;
  const unsigned options = packet.mss == 0 ? 0 : 4;
  if (packet.protocol == Protocol::tcp) return to_word(ip_header + 20 + options + body);
  const bool has_header = packet.protocol == Protocol::udp || packet.protocol == Protocol::icmp;
  return to_word(ip_header + (has_header ? 8 : 0) + body);
}

Tuple tuple_of(const Packet& packet) {
  Tuple tuple{packet.protocol, {packet.source, 0}, {packet.destination, 0}};
  if (packet.protocol == Protocol::tcp || packet.protocol == Protocol::udp) {
    tuple.source.port = packet.source_port;
    tuple.destination.port = packet.destination_port;
  } else if (packet.is_icmp_question()) {
    tuple.source.port = packet.identifier;
    tuple.destination.port = packet.icmp_type;
  } else if (packet.is_icmp_answer()) {
    tuple.source.port = packet.icmp_type == echo_reply ? echo : timestamp;
    tuple.destination.port = packet.identifier;
  } else if (packet.protocol == Protocol::icmp) {
    tuple.destination.port = to_word(packet.icmp_type * 256U + packet.icmp_code);
  }
  return tuple;
}

Packet packet_of(const Tuple& tuple) {
  Packet packet;
  packet.protocol = tuple.protocol;
  packet.source = tuple.source.address;
  packet.destination = tuple.destination.address;
  if (tuple.protocol != Protocol::icmp) {
    packet.source_port = tuple.source.port;
    packet.destination_port = tuple.destination.port;
  } else if (tuple.destination.port == echo || tuple.destination.port == timestamp) {
    packet.icmp_type = to_byte(tuple.destination.port);
    packet.identifier = tuple.source.port;
  } else if (tuple.source.port == 0) {
    packet.icmp_type = to_byte(tuple.destination.port / 256U);
    packet.icmp_code = to_byte(tuple.destination.port);
  } else {
    packet.icmp_type = tuple.source.port == echo ? echo_reply : timestamp_reply;
    packet.identifier = tuple.destination.port;
  }
  return packet;
}

Draft draft_of(const Packet& packet) {
  Tuple tuple = tuple_of(packet);
  const bool has_ports = packet.protocol == Protocol::tcp || packet.protocol == Protocol::udp;
  const bool lacks_port = has_ports && (tuple.source.port == 0 || tuple.destination.port == 0);
  // No sentence says port 0.
  if (lacks_port) tuple.source.port = tuple.destination.port = 1;
  Draft draft{
      packet.protocol,
      has_ports ? ends(tuple) : to_string(packet.source) + " > " + to_string(packet.destination)};
  if (lacks_port)
    draft.byte(20, to_byte(packet.source_port >> 8U))
        .byte(21, to_byte(packet.source_port))
        .byte(22, to_byte(packet.destination_port >> 8U))
        .byte(23, to_byte(packet.destination_port));
  draft.ttl(packet.ttl).length(packet.length).flags(packet.flags);
  if (packet.from_host) {
    draft.from_host(packet.in);
  } else {
    draft.from(packet.in);
  }
  if (packet.protocol == Protocol::icmp) {
    draft.type(packet.icmp_type, packet.icmp_code).id(packet.identifier);
  }
  if (packet.mss != 0) draft.tcp_options({2, 4, to_byte(packet.mss >> 8U), to_byte(packet.mss)});
  if (packet.quoted) draft.about(draft_of(*packet.quoted), packet.quoted_bytes);
  if (packet.may_be_fragmented) draft.may_be_fragmented();
  if (packet.is_fragment) draft.fragment(0x2000).datagram(packet.datagram);
  if (packet.to_all) draft.to_mac(Mac::broadcast());
  // There is a zero otherwise: at the end of the payload, or before what an error quotes.
  if (packet.has_wrong_checksum) draft.spoil(packet.quoted ? 25U : length_of(packet) - 1U, 1);
  return draft;
}

std::string describe(const Packet& packet) {
  std::string text = (packet.from_host ? "host " : "") + packet.in + ": " +
                     to_string(packet.protocol) + " " + ends(tuple_of(packet));
  if (packet.protocol == Protocol::tcp) text += " [" + packet.flags + "]";
  if (packet.protocol == Protocol::icmp) {
    text +=
        " type " + std::to_string(packet.icmp_type) + " code " + std::to_string(packet.icmp_code);
  }
  if (packet.mss != 0) text += ", segments of " + std::to_string(packet.mss);
  if (packet.ttl != 64) text += ", ttl " + std::to_string(packet.ttl);
  if (packet.length != 0) text += ", " + std::to_string(packet.length) + " bytes";
  if (packet.may_be_fragmented) text += ", may be fragmented";
  if (packet.is_fragment) text += ", a fragment";
  if (packet.has_wrong_checksum) text += ", wrong checksum";
  if (packet.to_all) text += ", to all";
  if (packet.quoted) {
    text += ", quotes at most " + std::to_string(packet.quoted_bytes) + " bytes of (" +
            describe(*packet.quoted) + ")";
  }
  return text;
}

Verdict dropped(std::string reason) {
  return {.fate = Fate::dropped, .reason = std::move(reason)};
}

std::string name_of(const Verdict& verdict) {
  switch (verdict.fate) {
    case Fate::forwarded:
      return verdict.interface + ": " + ends(verdict.leaves_as);
    case Fate::delivered:
      return "delivered to the host";
    case Fate::answered:
      return "answered";
    case Fate::dropped:
      return "dropped: " + verdict.reason;
  }
  return "?";
}

std::string describe(const Verdict& verdict) {
  std::string text = name_of(verdict);
  for (const std::string& rule : verdict.rules) text += " by " + rule;
  return text;
}

std::string describe_all(const Verdict& verdict) {
  std::string text = describe(verdict);
  if (verdict.fate == Fate::delivered) {
    text += " by " + verdict.interface + " as " + ends(verdict.leaves_as);
  }
  if (verdict.ttl) text += ", ttl " + std::to_string(*verdict.ttl);
  if (verdict.next_hop) text += ", by way of " + to_string(*verdict.next_hop);
  if (verdict.about) text += ", about " + ends(*verdict.about);
  if (verdict.mss != 0) text += ", segments of " + std::to_string(verdict.mss);
  if (verdict.is_told_later) text += ", sender is told later";
  if (verdict.sender_is_told) {
    text += ", sender is told " + std::to_string(verdict.sender_is_told->first) + "/" +
            std::to_string(verdict.sender_is_told->second);
  }
  return text;
}

}  // namespace viaduct::test::reference
