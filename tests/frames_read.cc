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
  // A quote that is cut short cannot be checked but for its IP header.
  const bool is_whole = said <= quoted.size();
  std::string wrong = complaint(is_whole ? quoted.first(said) : quoted);
  if (!is_whole && wrong.find("L4") != wrong.npos) wrong.erase(wrong.rfind(" (bad L4"));
  return " " + name + " about " + describe(tuple_of(quoted)) +
         (wrong.empty() ? "" : " inner" + wrong);
}

std::string describe_ip(View packet) {
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
  return text + complaint(packet);
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
