#include "dataplane/parse/stage.h"

#include <rte_ether.h>

#include <cstring>

#include "dataplane/core/burst.h"
#include "dataplane/core/worker.h"
#include "dataplane/flow/icmp_ports.h"
#include "dataplane/neighbour/arp.h"

namespace viaduct::parse {
namespace {

// Where a frame came in, and whom it is for.
struct Ingress {
  PortId port = no_port;
  std::uint16_t vlan = 0;
  std::uint64_t destination = 0;  // the six bytes as they lie in memory
  friend constexpr bool operator==(const Ingress&, const Ingress&) = default;

  [[nodiscard]] Mac destination_mac() const {
    Mac mac;
    std::memcpy(mac.bytes.data(), &destination, mac.bytes.size());
    return mac;
  }
  // The bit that marks group addresses is the first byte's lowest.
  [[nodiscard]] bool is_for_group() const { return (destination & 1) != 0; }
};

// Remembers the last answer: frames of one burst mostly go to one interface.
class InterfaceFinder {
 public:
  explicit InterfaceFinder(const Snapshot& now) : now_(now) {}
  const InterfaceView* find(const Ingress& wire) noexcept {
    if (!(wire == last_)) {
      last_ = wire;
      found_ = look_up(wire);
    }
    return found_;
  }

 private:
  [[nodiscard]] const InterfaceView* look_up(const Ingress& wire) const noexcept {
    if (!wire.is_for_group()) return now_.find(wire.port, wire.vlan, wire.destination_mac());
    const auto* group = now_.segment(wire.port, wire.vlan);
    return group != nullptr && group->size() == 1 ? group->front() : nullptr;
  }
  const Snapshot& now_;
  Ingress last_;
  const InterfaceView* found_ = nullptr;
};

// Counts what comes in by one interface, and tells the worker when another one's turn comes.
class Tally {
 public:
  explicit Tally(Worker& self) : self_(self) {}
  ~Tally() { settle(); }
  Tally(const Tally&) = delete;
  Tally& operator=(const Tally&) = delete;
  void count(const Packet& packet) noexcept {
    if (packet.in->slot() != interface_) {
      settle();
      interface_ = packet.in->slot();
    }
    ++packets_;
    bytes_ += packet.mbuf->pkt_len;
  }

 private:
  void settle() noexcept {
    InterfaceCounters& counters = self_.interfaces[interface_];
    counters.rx_packets += std::exchange(packets_, 0);
    counters.rx_bytes += std::exchange(bytes_, 0);
  }
  Worker& self_;
  Slot interface_ = 0;
  std::uint64_t packets_ = 0;
  std::uint64_t bytes_ = 0;
};

std::uint32_t length_of(const Packet& packet) {
  return rte_pktmbuf_data_len(packet.mbuf);
}

struct Frame {
  std::uint16_t type = 0;
  Ingress wire;
};

// False for a frame that ends within its header.
bool read_frame(Packet& packet, Frame& frame) noexcept {
  if (length_of(packet) < sizeof(rte_ether_hdr)) return false;
  const auto& ethernet = packet.ethernet();
  std::memcpy(&frame.wire.destination, &ethernet, sizeof frame.wire.destination);
  frame.wire.destination &= 0xffff'ffff'ffff;  // what follows is the source
  frame.wire.port = packet.mbuf->port;
  frame.type = rte_be_to_cpu_16(ethernet.ether_type);
  packet.l3 = sizeof(rte_ether_hdr);
  if (frame.type == RTE_ETHER_TYPE_VLAN) {
    if (length_of(packet) < sizeof(rte_ether_hdr) + sizeof(rte_vlan_hdr)) return false;
    const auto& tag = packet.header<rte_vlan_hdr>(packet.l3);
    frame.wire.vlan = rte_be_to_cpu_16(tag.vlan_tci) & 0xfff;
    frame.type = rte_be_to_cpu_16(tag.eth_proto);
    packet.l3 = sizeof(rte_ether_hdr) + sizeof(rte_vlan_hdr);
  }
  return true;
}

bool is_checksum_right(const rte_ipv4_hdr& ip) noexcept {
  struct {
    std::uint64_t first, second;
    std::uint32_t third;
  } words;
  std::memcpy(&words, &ip, sizeof ip);
  unsigned long long sum = 0;  // ones' complement of 64 bits: what overflows comes in again
  const bool carry = __builtin_uaddll_overflow(words.first, words.second, &sum);
  const std::uint64_t half = (sum >> 32) + (sum & 0xffffffff) + words.third + (carry ? 1 : 0);
  const std::uint64_t quarter = (half >> 32) + (half & 0xffffffff);
  const std::uint64_t eighth = (quarter >> 16) + (quarter & 0xffff);
  return (eighth >> 16) + (eighth & 0xffff) == 0xffff;
}

bool read_tcp(Packet& packet, std::uint32_t length) noexcept {
  if (length < sizeof(rte_tcp_hdr)) return false;
  const auto& tcp = packet.tcp();
  const std::uint32_t header = std::uint32_t{tcp.data_off} >> 4 << 2;
  packet.tcp_flags = tcp.tcp_flags;
  packet.key.source_port = Be16::raw(tcp.src_port);
  packet.key.destination_port = Be16::raw(tcp.dst_port);
  const bool contradicts = (tcp.tcp_flags & (RTE_TCP_SYN_FLAG | RTE_TCP_FIN_FLAG)) ==
                           (RTE_TCP_SYN_FLAG | RTE_TCP_FIN_FLAG);
  return header >= sizeof(rte_tcp_hdr) && header <= length && !contradicts && tcp.src_port != 0 &&
         tcp.dst_port != 0;
}

bool read_udp(Packet& packet, std::uint32_t length) noexcept {
  if (length < sizeof(rte_udp_hdr)) return false;
  const auto& udp = packet.udp();
  packet.key.source_port = Be16::raw(udp.src_port);
  packet.key.destination_port = Be16::raw(udp.dst_port);
  const std::uint16_t said = rte_be_to_cpu_16(udp.dgram_len);
  return said == length && udp.dst_port != 0;
}

bool read_icmp(Packet& packet, std::uint32_t length) noexcept {
  if (length < sizeof(rte_icmp_hdr)) return false;
  const auto& icmp = packet.icmp();
  packet.icmp_type = icmp.icmp_type;
  packet.icmp_code = icmp.icmp_code;
  const flow::IcmpPorts ports = flow::icmp_ports(icmp);
  packet.key.source_port = ports.source;
  packet.key.destination_port = ports.destination;
  packet.icmp_query = ports.is_query;
  packet.icmp_answer = ports.is_answer;
  switch (icmp.icmp_type) {
    case 3:   // destination unreachable
    case 11:  // time exceeded
    case 12:  // parameter problem
      packet.icmp_error = true;
      return length >= sizeof(rte_icmp_hdr) + sizeof(rte_ipv4_hdr) + 8;
    default:
      return !ports.is_query || icmp.icmp_code == 0;
  }
}

bool read_transport(Packet& packet, std::uint32_t length) noexcept {
  switch (packet.protocol()) {
    case Protocol::tcp:
      return read_tcp(packet, length);
    case Protocol::udp:
      return read_udp(packet, length);
    case Protocol::icmp:
      return read_icmp(packet, length);
    default:
      return true;
  }
}

// The reason to drop the packet, or Reason::total if there is none.
Reason read_ip(Packet& packet) noexcept {
  constexpr std::uint16_t fragment_bits = RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK;
  const std::uint32_t there = length_of(packet) - packet.l3;
  if (there < sizeof(rte_ipv4_hdr)) return Reason::bad_ip_header;
  const auto& ip = packet.ip();
  const std::uint32_t header = (ip.version_ihl & 0xfU) * 4;
  const std::uint16_t total = rte_be_to_cpu_16(ip.total_length);
  if (ip.version_ihl >> 4 != 4 || header < sizeof(rte_ipv4_hdr) || header > total ||
      total > there) {
    return Reason::bad_ip_header;
  }
  if (header != sizeof(rte_ipv4_hdr)) return Reason::ip_options;
  if (total > packet.in->mtu() && !packet.from_host) return Reason::too_big;
  if (!is_checksum_right(ip)) return Reason::bad_ip_checksum;
  if ((rte_be_to_cpu_16(ip.fragment_offset) & fragment_bits) != 0) return Reason::fragment;
  // Ethernet pads short frames; what follows the packet is not ours to forward.
  if (total < there) {
    rte_pktmbuf_trim(packet.mbuf, static_cast<std::uint16_t>(there - total));
  }
  packet.ip_length = total;
  packet.l4 = static_cast<std::uint8_t>(packet.l3 + header);
  packet.key.source = Be32::raw(ip.src_addr);
  packet.key.destination = Be32::raw(ip.dst_addr);
  packet.key.protocol_and_router =
      flow::Key::pack(Protocol{ip.next_proto_id}, packet.in->router_slot());
  return read_transport(packet, total - header) ? Reason::total : Reason::bad_l4_header;
}

void read(Packet& packet, const Snapshot& now, InterfaceFinder& finder, Tally& tally,
          Worker& self) noexcept {
  Frame frame;
  if (!read_frame(packet, frame)) return self.drop(packet, Reason::runt);
  const std::vector<const InterfaceView*>* group = nullptr;
  if (frame.wire.port == no_port) {  // from the router's own host, by a TAP
    packet.from_host = true;
    packet.in = now.interface(packet.mbuf->hash.usr);
  } else if (frame.type == RTE_ETHER_TYPE_ARP && frame.wire.is_for_group()) {
    group = now.segment(frame.wire.port, frame.wire.vlan);
    packet.in = group == nullptr ? nullptr : group->front();
  } else {
    packet.in = finder.find(frame.wire);
  }
  if (packet.in == nullptr) return self.drop(packet, Reason::no_interface);
  if (!packet.from_host && !self.is_explaining()) {
    tally.count(packet);
    if (self.capture != nullptr) self.capture->offer(packet.mbuf, packet.in->slot());
  }
  if (packet.from_host && frame.type == RTE_ETHER_TYPE_IPV4 &&
      frame.wire.destination_mac() != neighbour::host_gateway) {
    return neighbour::send_from_host(self, packet);
  }
  if (frame.type == RTE_ETHER_TYPE_ARP) {
    if (group == nullptr) return neighbour::receive(self, packet, {&packet.in, 1});
    return neighbour::receive(self, packet, *group);
  }
  if (frame.type != RTE_ETHER_TYPE_IPV4) {
    return self.drop(packet, Reason::unsupported_ethertype);
  }
  if (const Reason reason = read_ip(packet); reason != Reason::total) self.drop(packet, reason);
}

// --- Admit

bool is_martian_source(const Address& address) {
  const std::uint32_t host = address.as_v4().host();
  return host >> 24 == 0 || host >> 24 == 127 || host >> 28 >= 0xe;
}

bool is_martian_destination(const Address& address) {
  const std::uint32_t host = address.as_v4().host();
  return host >> 24 == 0 || host >> 24 == 127 || (host >> 28 == 0xf && host != 0xffffffff);
}

// A header that carries its right checksum sums to all ones.
bool sums_up(const Packet& packet, std::uint32_t pseudo_header) noexcept {
  const std::size_t length = packet.ip_length - (std::size_t{packet.l4} - packet.l3);
  const std::uint32_t sum = pseudo_header + rte_raw_cksum(packet.at(packet.l4), length);
  return (sum & 0xffff) + (sum >> 16) == 0xffff;
}

bool is_l4_checksum_right(const Packet& packet) noexcept {
  switch (packet.protocol()) {
    case Protocol::udp:
      if (packet.udp().dgram_cksum == 0) return true;
      [[fallthrough]];
    case Protocol::tcp:
      return sums_up(packet, rte_ipv4_phdr_cksum(&packet.ip(), 0));
    case Protocol::icmp:
      return sums_up(packet, 0);
    default:
      return true;
  }
}

void judge(Opening& opening, Worker& self) noexcept {
  if (opening.revived != nullptr) return;
  Packet& packet = *opening.packet;
  const Address& source = opening.original.source.address;
  const Address& destination = opening.original.destination.address;
  const bool asks_for_address =
      source == Address::v4(Be32{}) && destination == Address::v4(Be32::of(0xffffffff));
  if ((is_martian_source(source) && !asks_for_address) || source == destination) {
    return self.drop(packet, Reason::martian_source);
  }
  if (is_martian_destination(destination)) {
    return self.drop(packet, Reason::martian_destination);
  }
  if (!is_l4_checksum_right(packet)) return self.drop(packet, Reason::bad_l4_checksum);
  if (packet.protocol() == Protocol::tcp) {
    constexpr std::uint8_t begins = RTE_TCP_SYN_FLAG | RTE_TCP_ACK_FLAG | RTE_TCP_RST_FLAG;
    opening.begins_session = (packet.tcp_flags & begins) == RTE_TCP_SYN_FLAG;
  } else {
    opening.begins_session = !packet.icmp_answer;
  }
}

}  // namespace

void Stage::run(Burst& burst, const Snapshot& now, Worker& self) noexcept {
  InterfaceFinder finder{now};
  Tally tally{self};
  burst.each([&](Packet& packet) { read(packet, now, finder, tally, self); });
}

void Admit::run(Burst& burst, const Snapshot& /*now*/, Worker& self) noexcept {
  burst.each_opening([&](Opening& opening) { judge(opening, self); });
}

}  // namespace viaduct::parse
