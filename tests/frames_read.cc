#include <cstring>

#include "tests/frames.h"

namespace viaduct::test {
namespace {

using View = std::span<const std::uint8_t>;

std::uint16_t get16(View bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

Address get_address(View bytes, std::size_t at) {
  return Address::v4(Be32::of(std::uint32_t{get16(bytes, at)} << 16 | get16(bytes, at + 2)));
}

Mac get_mac(View bytes, std::size_t at) {
  Mac mac;
  std::memcpy(mac.bytes.data(), bytes.data() + at, mac.bytes.size());
  return mac;
}

Tuple tuple_of(View packet) {
  Tuple tuple{Protocol{packet[9]}, {get_address(packet, 12), 0}, {get_address(packet, 16), 0}};
  const View transport = packet.subspan(std::size_t{packet[0] & 0xfU} * 4);
  if (tuple.protocol == Protocol::tcp || tuple.protocol == Protocol::udp) {
    tuple.source.port = get16(transport, 0);
    tuple.destination.port = get16(transport, 2);
  } else if (tuple.protocol == Protocol::icmp) {
    tuple.source.port = tuple.destination.port = get16(transport, 4);
  }
  return tuple;
}

std::string describe_error(View icmp) {
  std::string name = "unreachable/" + std::to_string(icmp[1]);
  if (icmp[0] == 11) name = "time exceeded";
  if (icmp[0] == 3 && icmp[1] == 0) name = "no route";
  if (icmp[0] == 3 && icmp[1] == 4) name = "too big for " + std::to_string(get16(icmp, 6));
  const View quoted = icmp.subspan(8);
  const std::size_t said = get16(quoted, 2);
  // A quote that is cut short, or lies, cannot be checked but for its IP header.
  const bool is_whole = said >= 20 && said <= quoted.size();
  std::string wrong = complaint(is_whole ? quoted.first(said) : quoted);
  if (!is_whole && wrong.find("L4") != wrong.npos) wrong.erase(wrong.rfind(" (bad L4"));
  return " " + name + " about " + describe(tuple_of(quoted)) +
         (wrong.empty() ? "" : " inner" + wrong);
}

std::string describe_part(View packet) {
  const std::size_t begin = get16(packet, 6) % 0x2000 * std::size_t{8};
  const bool is_last = (packet[6] & 0x20) == 0;
  if (begin == 0 && is_last) return "";
  const std::string end = is_last ? "end" : std::to_string(begin + packet.size() - 20);
  return " part " + std::to_string(begin) + "-" + end;
}

std::string describe_ip(View packet) {
  const bool is_later_fragment = ((packet[6] & 0x1f) | packet[7]) != 0;
  if (is_later_fragment) {
    return to_string(get_address(packet, 12)) + " > " + to_string(get_address(packet, 16)) +
           describe_part(packet) + complaint(packet);
  }
  const Tuple tuple = tuple_of(packet);
  std::string text = describe(tuple);
  if (tuple.protocol == Protocol::icmp) {
    const View icmp = packet.subspan(20);
    text = to_string(tuple.source.address) + " > " + to_string(tuple.destination.address);
    if (icmp[0] == 8) {
      text += " echo " + std::to_string(tuple.source.port);
    } else if (icmp[0] == 0) {
      text += " reply " + std::to_string(tuple.source.port);
    } else if (icmp[0] == 3 || icmp[0] == 11 || icmp[0] == 12) {
      text += describe_error(icmp);
    } else {
      text += " icmp/" + std::to_string(icmp[0]);
    }
  }
  return text + describe_part(packet) + complaint(packet);
}

std::string describe_arp(View arp) {
  const Address sender = get_address(arp, 14);
  const Address target = get_address(arp, 24);
  if (get16(arp, 6) == 2)
    return "arp " + to_string(sender) + " is at " + to_string(get_mac(arp, 8));
  if (sender == target) return "arp announces " + to_string(sender);
  return "arp who has " + to_string(target) + " tell " + to_string(sender);
}

}  // namespace

Reading read_frame(std::span<const std::uint8_t> frame) {
  Reading reading{get_mac(frame, 0), get_mac(frame, 6), 0, get16(frame, 12), frame.subspan(14)};
  if (reading.type == 0x8100) {
    reading.vlan = get16(frame, 14);
    reading.type = get16(frame, 16);
    reading.payload = frame.subspan(18);
  }
  return reading;
}

Bytes put_together(std::span<const Bytes> frames) {
  Bytes whole;
  for (const Bytes& frame : frames) {
    const View packet = read_frame(frame).payload;
    const std::size_t headers = frame.size() - packet.size() + 20;
    const std::size_t begin = headers + get16(packet, 6) % 0x2000 * std::size_t{8};
    const View payload = packet.subspan(20);
    whole.resize(std::max(whole.size(), begin + payload.size()));
    std::ranges::copy(payload, whole.begin() + static_cast<std::ptrdiff_t>(begin));
    if (begin == headers) std::copy_n(frame.begin(), headers, whole.begin());
  }
  const auto packet = std::span{whole}.subspan(read_frame(whole).vlan == 0 ? 14 : 18);
  // Lengths are another now, and it is no fragment any more.
  const std::size_t was =
      (std::size_t{packet[2]} << 8 | packet[3]) + (std::size_t{packet[6]} << 8) + packet[7];
  packet[2] = static_cast<std::uint8_t>(packet.size() >> 8);
  packet[3] = static_cast<std::uint8_t>(packet.size());
  packet[6] = packet[7] = 0;
  const std::size_t sum =
      (std::size_t{packet[10]} << 8 | packet[11]) + was + 0xffff - packet.size();
  packet[10] = static_cast<std::uint8_t>((sum % 0xffff) >> 8);
  packet[11] = static_cast<std::uint8_t>(sum % 0xffff);
  return whole;
}

std::string payload(std::span<const std::uint8_t> frame) {
  const auto packet = read_frame(frame).payload;
  const std::size_t length = std::size_t{packet[2]} << 8 | packet[3];
  const bool is_tcp = Protocol{packet[9]} == Protocol::tcp;
  constexpr std::size_t ip_header = 20;
  const std::size_t header = is_tcp ? std::size_t{packet[ip_header + 12]} >> 4 << 2 : 8;
  const auto text = packet.first(length).subspan(ip_header + header);
  return std::string{text.begin(), text.end()};
}

std::string describe(const Tuple& tuple) {
  const bool has_ports = tuple.protocol == Protocol::tcp || tuple.protocol == Protocol::udp;
  if (has_ports) return to_string(tuple.source) + " > " + to_string(tuple.destination);
  return to_string(tuple.source.address) + " > " + to_string(tuple.destination.address) +
         (tuple.protocol == Protocol::icmp ? " echo " + std::to_string(tuple.source.port) : "");
}

std::string describe(const Reading& frame) {
  if (frame.type == 0x0806) return describe_arp(frame.payload);
  if (frame.type == 0x0800) return describe_ip(frame.payload);
  return "a frame of type " + std::to_string(frame.type);
}

}  // namespace viaduct::test
