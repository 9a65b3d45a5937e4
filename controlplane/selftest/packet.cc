#include "controlplane/selftest/packet.h"

#include <algorithm>

namespace viaduct::selftest {
namespace {

constexpr std::size_t ip_header = 20;
constexpr std::size_t tcp_header = 20;
constexpr std::size_t short_header = 8;  // of UDP and ICMP
constexpr std::size_t quoted_payload = 8;
constexpr std::uint16_t may_not_fragment_bit = 0x4000;
constexpr std::uint16_t has_more_bit = 0x2000;

void put16(Bytes& bytes, std::size_t at, std::size_t value) {
  bytes[at] = static_cast<std::uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<std::uint8_t>(value);
}

void put32(Bytes& bytes, std::size_t at, std::uint32_t value) {
  put16(bytes, at, value >> 16);
  put16(bytes, at + 2, value & 0xffff);
}

std::uint16_t get16(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

std::uint32_t get32(std::span<const std::uint8_t> bytes, std::size_t at) {
  return std::uint32_t{get16(bytes, at)} << 16 | get16(bytes, at + 2);
}

// RFC 1071, without the last complement: 0xffff over what holds a right checksum.
std::uint16_t sum(std::span<const std::uint8_t> bytes, std::uint32_t start = 0) {
  std::uint32_t total = start;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) total += get16(bytes, i);
  if (bytes.size() % 2 == 1) total += std::uint32_t{bytes.back()} << 8;
  while (total >> 16 != 0) total = (total & 0xffff) + (total >> 16);
  return static_cast<std::uint16_t>(total);
}

std::uint16_t pseudo_header(std::span<const std::uint8_t> packet) {
  const auto length = static_cast<std::uint32_t>(packet.size() - ip_header);
  return sum(packet.subspan(12, 8), packet[9] + length);
}

std::size_t header_of(Protocol protocol) {
  switch (protocol) {
    case Protocol::tcp:
      return tcp_header;
    case Protocol::udp:
    case Protocol::icmp:
      return short_header;
    default:
      return 0;
  }
}

void write_tcp(const Packet& packet, Bytes& bytes) {
  put16(bytes, ip_header, packet.source.port);
  put16(bytes, ip_header + 2, packet.destination.port);
  put32(bytes, ip_header + 4, packet.sequence);
  put32(bytes, ip_header + 8, packet.acknowledges);
  bytes[ip_header + 12] = tcp_header / 4 << 4;
  bytes[ip_header + 13] = packet.flags;
  put16(bytes, ip_header + 14, 0xffff);
  put16(
      bytes, ip_header + 16,
      static_cast<std::uint16_t>(~sum(std::span{bytes}.subspan(ip_header), pseudo_header(bytes))));
}

void write_udp(const Packet& packet, Bytes& bytes) {
  put16(bytes, ip_header, packet.source.port);
  put16(bytes, ip_header + 2, packet.destination.port);
  put16(bytes, ip_header + 4, bytes.size() - ip_header);
  const auto checksum =
      static_cast<std::uint16_t>(~sum(std::span{bytes}.subspan(ip_header), pseudo_header(bytes)));
  put16(bytes, ip_header + 6, checksum == 0 ? 0xffff : checksum);
}

void write_icmp(const Packet& packet, Bytes& bytes) {
  bytes[ip_header] = packet.type;
  bytes[ip_header + 1] = packet.code;
  if (!packet.is_icmp_error()) put16(bytes, ip_header + 4, packet.source.port);
  put16(bytes, ip_header + 6, packet.mtu);
  put16(bytes, ip_header + 2,
        static_cast<std::uint16_t>(~sum(std::span{bytes}.subspan(ip_header))));
}

// Ports, and whatever of the transport header is there.
void read_transport(std::span<const std::uint8_t> body, Packet& packet) {
  if (packet.protocol == Protocol::icmp) {
    packet.type = body[0];
    packet.code = body[1];
    packet.mtu = get16(body, 6);
    if (!packet.is_icmp_error()) packet.source.port = packet.destination.port = get16(body, 4);
    return;
  }
  packet.source.port = get16(body, 0);
  packet.destination.port = get16(body, 2);
  if (packet.protocol != Protocol::tcp) return;
  packet.sequence = get32(body, 4);
  if (body.size() < tcp_header) return;
  packet.acknowledges = get32(body, 8);
  packet.flags = body[13];
}

bool is_transport_sound(std::span<const std::uint8_t> bytes, const Packet& packet) {
  const auto body = bytes.subspan(ip_header);
  if (packet.protocol == Protocol::icmp) return sum(body) == 0xffff;
  if (packet.protocol == Protocol::udp && get16(body, 6) == 0) return true;
  if (header_of(packet.protocol) == 0) return true;
  return sum(body, pseudo_header(bytes)) == 0xffff;
}

}  // namespace

bool Packet::is_icmp_error() const {
  return protocol == Protocol::icmp && (type == icmp::unreachable || type == icmp::time_exceeded);
}

bool Packet::is(std::uint8_t only) const {
  return (flags & (syn | ack | rst | fin)) == only;
}

Bytes write(const Packet& packet) {
  // The pieces after a datagram's first one have no header of their own.
  const std::size_t header = packet.offset == 0 ? header_of(packet.protocol) : 0;
  Bytes bytes(ip_header + header);
  bytes.insert(bytes.end(), packet.payload.begin(), packet.payload.end());
  bytes[0] = 0x45;
  put16(bytes, 2, bytes.size());
  put16(bytes, 4, packet.identification);
  put16(bytes, 6,
        packet.offset / 8 | (packet.may_fragment ? 0 : may_not_fragment_bit) |
            (packet.has_more ? has_more_bit : 0));
  bytes[8] = packet.ttl;
  bytes[9] = static_cast<std::uint8_t>(packet.protocol);
  put32(bytes, 12, packet.source.address.as_v4().host());
  put32(bytes, 16, packet.destination.address.as_v4().host());
  put16(bytes, 10, static_cast<std::uint16_t>(~sum(std::span{bytes}.first(ip_header))));
  if (header == 0) return bytes;
  if (packet.protocol == Protocol::tcp) write_tcp(packet, bytes);
  if (packet.protocol == Protocol::udp) write_udp(packet, bytes);
  if (packet.protocol == Protocol::icmp) write_icmp(packet, bytes);
  return bytes;
}

std::optional<Packet> read(std::span<const std::uint8_t> bytes, bool is_quoted) {
  if (bytes.size() < ip_header || bytes[0] != 0x45) return std::nullopt;
  const std::size_t length = get16(bytes, 2);
  if (!is_quoted && (length < ip_header || length > bytes.size())) return std::nullopt;
  bytes = bytes.first(std::min(length, bytes.size()));
  Packet packet{.protocol = Protocol{bytes[9]},
                .source = {Address::v4(Be32::of(get32(bytes, 12))), 0},
                .destination = {Address::v4(Be32::of(get32(bytes, 16))), 0},
                .ttl = bytes[8],
                .identification = get16(bytes, 4)};
  const std::uint16_t fragmentation = get16(bytes, 6);
  packet.may_fragment = (fragmentation & may_not_fragment_bit) == 0;
  packet.has_more = (fragmentation & has_more_bit) != 0;
  packet.offset = static_cast<std::uint16_t>((fragmentation & 0x1fff) * 8);
  packet.is_sound = sum(bytes.first(ip_header)) == 0xffff;
  const auto body = bytes.subspan(ip_header);
  const std::size_t header = packet.offset == 0 ? header_of(packet.protocol) : 0;
  const std::size_t least = std::min(header, is_quoted ? quoted_payload : header);
  if (body.size() < least) return std::nullopt;
  if (header != 0) read_transport(body, packet);
  const auto carried = body.subspan(std::min(header, body.size()));
  packet.payload.assign(carried.begin(), carried.end());
  const bool is_whole = packet.offset == 0 && !packet.has_more && bytes.size() == length;
  if (is_whole && body.size() >= header) packet.is_sound &= is_transport_sound(bytes, packet);
  return packet;
}

std::optional<Packet> quoted(const Packet& error) {
  return read(error.payload, true);
}

std::vector<Bytes> fragments(const Packet& whole, std::size_t size) {
  const Bytes bytes = write(whole);
  const auto body = std::span{bytes}.subspan(ip_header);
  std::vector<Bytes> pieces;
  for (std::size_t at = 0; at < body.size(); at += size) {
    const auto part = body.subspan(at, std::min(size, body.size() - at));
    Packet piece = whole;
    // Written as one that has no header: the first piece's is among its bytes.
    piece.protocol = Protocol{0};
    piece.payload.assign(part.begin(), part.end());
    piece.offset = static_cast<std::uint16_t>(at);
    piece.has_more = at + part.size() < body.size();
    piece.may_fragment = true;
    Bytes written = write(piece);
    written[9] = static_cast<std::uint8_t>(whole.protocol);
    put16(written, 10, 0);
    put16(written, 10, static_cast<std::uint16_t>(~sum(std::span{written}.first(ip_header))));
    pieces.push_back(std::move(written));
  }
  return pieces;
}

Packet udp(const Endpoint& source, const Endpoint& destination) {
  return {.protocol = Protocol::udp, .source = source, .destination = destination};
}

Packet tcp(const Endpoint& source, const Endpoint& destination, std::uint8_t flags) {
  return {.protocol = Protocol::tcp, .source = source, .destination = destination, .flags = flags};
}

Packet ping(const Endpoint& source, const Address& destination) {
  return {.protocol = Protocol::icmp, .source = source, .destination = {destination, source.port}};
}

Packet pong(const Packet& ping) {
  Packet answer = ping;
  std::swap(answer.source, answer.destination);
  answer.type = icmp::echo_reply;
  answer.ttl = 64;
  return answer;
}

Packet icmp_error(std::uint8_t type, std::uint8_t code, const Address& from, const Packet& packet) {
  Bytes about = write(packet);
  return {.protocol = Protocol::icmp,
          .source = {from, 0},
          .destination = {packet.source.address, 0},
          .type = type,
          .code = code,
          .payload = std::move(about)};
}

}  // namespace viaduct::selftest
