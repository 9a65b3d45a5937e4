#include "tests/frames.h"

#include <cstring>
#include <numeric>

#include "tests/model.h"

namespace viaduct::test {
namespace {

constexpr std::size_t ip_header = 20;

void put16(Bytes& bytes, std::size_t at, std::uint16_t value) {
  bytes[at] = static_cast<std::uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<std::uint8_t>(value);
}

void put_address(Bytes& bytes, std::size_t at, const Address& address) {
  const std::uint32_t host = address.as_v4().host();
  put16(bytes, at, static_cast<std::uint16_t>(host >> 16));
  put16(bytes, at + 2, static_cast<std::uint16_t>(host));
}

std::uint32_t sum(std::span<const std::uint8_t> bytes) {
  std::uint32_t total = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    total += std::uint32_t{bytes[i]} << (i % 2 == 0 ? 8 : 0);
  }
  return total;
}

std::uint16_t folded(std::uint32_t sum) {
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>((sum & 0xffff) + (sum >> 16));
}

std::uint32_t pseudo_header(std::span<const std::uint8_t> packet, std::size_t length) {
  return sum(packet.subspan(12, 8)) + packet[9] + static_cast<std::uint32_t>(length);
}

std::uint16_t checksum_of(std::uint32_t sum) {
  return static_cast<std::uint16_t>(~folded(sum));
}

Tuple read_sentence(Protocol protocol, std::string_view sentence) {
  const auto arrow = sentence.find(" > ");
  const auto end = [&](std::string_view text) {
    return text.find(':') == text.npos ? Endpoint{address(text), 0} : endpoint(text);
  };
  return {protocol, end(sentence.substr(0, arrow)), end(sentence.substr(arrow + 3))};
}

std::size_t transport_header(Protocol protocol) {
  if (protocol == Protocol::tcp) return 20;
  return protocol == Protocol::udp || protocol == Protocol::icmp ? 8 : 0;
}

}  // namespace

Draft::Draft(Protocol protocol, std::string_view sentence)
    : tuple_(read_sentence(protocol, sentence)) {}

Draft& Draft::id(std::uint16_t identifier) {
  tuple_.source.port = tuple_.destination.port = identifier;
  return *this;
}

Draft& Draft::about(const Draft& quoted, std::size_t bytes) {
  quote_ = quoted.ip_packet();
  if (bytes < quote_.size()) quote_.resize(bytes);
  return *this;
}

Draft& Draft::quoted_byte(std::size_t at, std::uint8_t value) {
  quote_.at(at) = value;
  return *this;
}

Draft& Draft::spoil(std::size_t at, std::uint8_t value) {
  after_.emplace_back(at, value);
  return *this;
}

Draft& Draft::byte(std::size_t at, std::uint8_t value) {
  before_.emplace_back(at, value);
  return *this;
}

void Draft::write_transport(Bytes& packet) const {
  const std::size_t length = packet.size() - ip_header;
  const auto transport = std::span{packet}.subspan(ip_header);
  const std::uint16_t source = tuple_.source.port;
  if (tuple_.protocol == Protocol::icmp) {
    packet[ip_header] = icmp_.first;
    packet[ip_header + 1] = icmp_.second;
    put16(packet, ip_header + 4, source);
    std::ranges::copy(quote_, transport.subspan(8).begin());
    return put16(packet, ip_header + 2, checksum_of(sum(transport)));
  }
  if (transport_header(tuple_.protocol) == 0) return;
  put16(packet, ip_header, source);
  put16(packet, ip_header + 2, tuple_.destination.port);
  std::size_t checksum_at = ip_header + 6;
  if (tuple_.protocol == Protocol::tcp) {
    constexpr std::string_view order = "FSRPAU";
    packet[ip_header + 12] = static_cast<std::uint8_t>(0x50 + tcp_options_.size() / 4 * 0x10);
    std::ranges::copy(tcp_options_, transport.subspan(20).begin());
    const auto put32 = [&](std::size_t at, std::uint32_t value) {
      put16(packet, at, static_cast<std::uint16_t>(value >> 16));
      put16(packet, at + 2, static_cast<std::uint16_t>(value));
    };
    put32(ip_header + 4, sequence_.value_or(flags_.find('S') == flags_.npos ? 1 : 0));
    put32(ip_header + 8, acknowledged_.value_or(flags_.find('A') == flags_.npos ? 0 : 1));
    for (const char letter : flags_) {
      packet[ip_header + 13] |= static_cast<std::uint8_t>(1U << order.find(letter));
    }
    checksum_at = ip_header + 16;
  } else {
    put16(packet, ip_header + 4, static_cast<std::uint16_t>(length));
  }
  if (has_l4_checksum_) {
    put16(packet, checksum_at, checksum_of(sum(transport) + pseudo_header(packet, length)));
  }
}

void Draft::cut_part(Bytes& packet) const {
  const auto [begin, end] = *part_;
  const bool is_last = ip_header + end >= packet.size();
  if (!is_last) packet.resize(ip_header + end);
  const auto payload = packet.begin() + ip_header;
  packet.erase(payload, payload + static_cast<std::ptrdiff_t>(begin));
  put16(packet, 2, static_cast<std::uint16_t>(packet.size()));
  put16(packet, 6, static_cast<std::uint16_t>(begin / 8 | (is_last ? 0 : 0x2000)));
}

Bytes Draft::ip_packet() const {
  const std::size_t body = !payload_.empty() ? payload_.size() : quote_.empty() ? 8 : quote_.size();
  const std::size_t least = ip_header + transport_header(tuple_.protocol) + tcp_options_.size();
  Bytes packet(length_ == 0 ? least + body : length_);
  packet[0] = 0x45;
  put16(packet, 2, static_cast<std::uint16_t>(packet.size()));
  put16(packet, 4, identification_);
  put16(packet, 6, fragmentation_);
  packet[8] = ttl_;
  packet[9] = static_cast<std::uint8_t>(tuple_.protocol);
  put_address(packet, 12, tuple_.source.address);
  put_address(packet, 16, tuple_.destination.address);
  if (part_) std::iota(packet.begin() + static_cast<std::ptrdiff_t>(least), packet.end(), '\0');
  std::ranges::copy(payload_, packet.begin() + static_cast<std::ptrdiff_t>(least));
  write_transport(packet);
  if (part_) cut_part(packet);
  for (const auto& [at, value] : before_) packet[at] = value;
  put16(packet, 10, 0);
  put16(packet, 10, checksum_of(sum(std::span{packet}.first(ip_header))));
  for (const auto& [at, value] : after_) packet[at] = value;
  return packet;
}

Bytes Draft::frame(const Mac& mac, std::uint16_t vlan) const {
  const Mac to = to_.value_or(mac);
  Bytes frame{to.bytes.begin(), to.bytes.end()};
  frame.insert(frame.end(), sender.bytes.begin(), sender.bytes.end());
  if (vlan != 0) {
    frame.insert(frame.end(), {0x81, 0x00, static_cast<std::uint8_t>(vlan >> 8),
                               static_cast<std::uint8_t>(vlan)});
  }
  frame.insert(frame.end(), {0x08, 0x00});
  const Bytes packet = ip_packet();
  frame.insert(frame.end(), packet.begin(), packet.end());
  if (frame.size() < 60) frame.resize(60);
  if (cut_ < frame.size()) frame.resize(cut_);
  return frame;
}

Draft tcp(std::string_view sentence) {
  return {Protocol::tcp, sentence};
}
Draft udp(std::string_view sentence) {
  return {Protocol::udp, sentence};
}
Draft ping(std::string_view sentence, std::uint16_t identifier) {
  return Draft{Protocol::icmp, sentence}.id(identifier);
}
Draft pong(std::string_view sentence, std::uint16_t identifier) {
  return Draft{Protocol::icmp, sentence}.id(identifier).type(0, 0);
}
Draft icmp(std::string_view sentence, std::uint8_t type, std::uint8_t code) {
  return Draft{Protocol::icmp, sentence}.type(type, code);
}
Draft other(std::uint8_t protocol, std::string_view sentence) {
  return {Protocol{protocol}, sentence};
}

Bytes arp_frame(const Arp& arp, std::uint16_t vlan) {
  Bytes frame{arp.to.bytes.begin(), arp.to.bytes.end()};
  const auto add = [&](auto begin, auto end) { frame.insert(frame.end(), begin, end); };
  const auto add_address = [&](std::string_view text) {
    frame.resize(frame.size() + 4);
    put_address(frame, frame.size() - 4, address(text));
  };
  add(arp.sender_mac.bytes.begin(), arp.sender_mac.bytes.end());
  if (vlan != 0) {
    frame.insert(frame.end(), {0x81, 0x00, static_cast<std::uint8_t>(vlan >> 8),
                               static_cast<std::uint8_t>(vlan)});
  }
  frame.insert(frame.end(),
               {0x08, 0x06, 0, 1, 0x08, 0x00, 6, 4, 0, static_cast<std::uint8_t>(arp.operation)});
  add(arp.sender_mac.bytes.begin(), arp.sender_mac.bytes.end());
  add_address(arp.sender);
  add(arp.target_mac.bytes.begin(), arp.target_mac.bytes.end());
  add_address(arp.target);
  return frame;
}

Mac station(const Address& address) {
  const std::uint32_t host = address.as_v4().host();
  Mac mac{{0x02, 0x10}};
  for (std::size_t i = 0; i < 4; ++i) {
    mac.bytes[2 + i] = static_cast<std::uint8_t>(host >> (24 - 8 * i));
  }
  return mac;
}

void mend(Bytes& packet, bool may_be_fragment) {
  const Protocol protocol{packet[9]};
  const auto transport = std::span{packet}.subspan(ip_header);
  packet[0] = 0x45;
  put16(packet, 2, static_cast<std::uint16_t>(packet.size()));
  if (!may_be_fragment) {
    packet[6] &= 0x40;
    packet[7] = 0;
  }
  put16(packet, 10, 0);
  put16(packet, 10, checksum_of(sum(std::span{packet}.first(ip_header))));
  std::size_t checksum_at = ip_header + 2;
  if (protocol == Protocol::tcp) checksum_at = ip_header + 16;
  if (protocol == Protocol::udp) {
    checksum_at = ip_header + 6;
    put16(packet, ip_header + 4, static_cast<std::uint16_t>(transport.size()));
  }
  if (transport_header(protocol) == 0) return;
  put16(packet, checksum_at, 0);
  const auto around = protocol == Protocol::icmp ? 0 : pseudo_header(packet, transport.size());
  const std::uint16_t checksum = checksum_of(sum(transport) + around);
  put16(packet, checksum_at, protocol == Protocol::udp && checksum == 0 ? 0xffff : checksum);
}

std::string complaint(std::span<const std::uint8_t> packet) {
  std::string all;
  if (folded(sum(packet.first(ip_header))) != 0xffff) all += " (bad IP checksum)";
  const bool is_fragment = ((packet[6] & 0x3f) | packet[7]) != 0;
  if (is_fragment) return all;
  const Protocol protocol{packet[9]};
  auto transport = packet.subspan(ip_header);
  if (protocol == Protocol::udp && transport.size() >= 8) {
    if (transport[6] == 0 && transport[7] == 0) return all;
    const std::size_t said = static_cast<std::size_t>(transport[4]) << 8 | transport[5];
    if (said < transport.size()) transport = transport.first(said);
  }
  if (transport_header(protocol) == 0) return all;
  const std::uint32_t around =
      protocol == Protocol::icmp ? 0 : pseudo_header(packet, transport.size());
  if (folded(around + sum(transport)) != 0xffff) all += " (bad L4 checksum)";
  return all;
}

}  // namespace viaduct::test
