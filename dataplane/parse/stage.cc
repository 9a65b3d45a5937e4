#include "dataplane/parse/stage.h"

#include <rte_ether.h>

#include <cstring>

#include "dataplane/core/burst.h"
#include "dataplane/core/worker.h"
#include "dataplane/neighbour/arp.h"
#include "dataplane/parse/fragments.h"
#include "dataplane/parse/transport.h"

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

// The interface that the last frame was for: frames of one burst mostly go to one. Counts what
// comes in by it, and tells the worker when another one's turn comes.
class LastInterface {
 public:
  LastInterface(Worker& self, bool counts) : self_(self), counts_(counts) {}
  ~LastInterface() { settle(); }
  LastInterface(const LastInterface&) = delete;
  LastInterface& operator=(const LastInterface&) = delete;

  [[nodiscard]] bool fits(const Ingress& wire) const noexcept { return wire == wire_; }
  [[nodiscard]] const InterfaceView* get() const noexcept { return interface_; }
  void count(const Packet& packet) noexcept {
    ++packets_;
    bytes_ += packet.mbuf->pkt_len;
  }
  void set(const Ingress& wire, const InterfaceView& interface) noexcept {
    settle();
    wire_ = wire;
    interface_ = &interface;
  }

 private:
  void settle() noexcept {
    if (interface_ == nullptr || !counts_) return;
    InterfaceCounters& counters = self_.interfaces[interface_->slot()];
    counters.rx_packets += std::exchange(packets_, 0);
    counters.rx_bytes += std::exchange(bytes_, 0);
  }
  Worker& self_;
  bool counts_;
  Ingress wire_;  // that of no frame as long as there is none: a port has a number
  const InterfaceView* interface_ = nullptr;
  // Narrower than bytes_. Else both are added as one vector in memory, for which the next packet
  // has to wait.
  std::uint32_t packets_ = 0;
  std::uint64_t bytes_ = 0;
};

std::uint32_t length_of(const Packet& packet) {
  return rte_pktmbuf_data_len(packet.mbuf);
}

struct Frame {
  std::uint16_t type = 0;  // as it lies in memory
  Ingress wire;
};
constexpr std::uint16_t ipv4_type = RTE_BE16(RTE_ETHER_TYPE_IPV4);
constexpr std::uint16_t arp_type = RTE_BE16(RTE_ETHER_TYPE_ARP);
constexpr std::uint16_t vlan_type = RTE_BE16(RTE_ETHER_TYPE_VLAN);

// False for a frame that ends within its header.
bool read_frame(Packet& packet, Frame& frame) noexcept {
  if (length_of(packet) < sizeof(rte_ether_hdr)) return false;
  const auto& ethernet = packet.ethernet();
  std::memcpy(&frame.wire.destination, &ethernet, sizeof frame.wire.destination);
  frame.wire.destination &= 0xffff'ffff'ffff;  // what follows is the source
  frame.wire.port = packet.mbuf->port;
  frame.type = ethernet.ether_type;
  packet.l3 = sizeof(rte_ether_hdr);
  if (frame.type == vlan_type) [[unlikely]] {
    if (length_of(packet) < sizeof(rte_ether_hdr) + sizeof(rte_vlan_hdr)) return false;
    const auto& tag = packet.header<rte_vlan_hdr>(packet.l3);
    frame.wire.vlan = rte_be_to_cpu_16(tag.vlan_tci) & 0xfff;
    frame.type = tag.eth_proto;
    packet.l3 = sizeof(rte_ether_hdr) + sizeof(rte_vlan_hdr);
  }
  return true;
}

// Ones' complement sums are sums modulo 2^16 - 1, in 64 bits as well as in 16, and a header with
// its right checksum sums to a multiple of it. A product with the inverse of an odd number tells
// its multiples from all others (Warren, Hacker's Delight, 10-17).
bool is_checksum_right(const rte_ipv4_hdr& ip) noexcept {
  constexpr std::uint64_t inverse = 0xfffe'fffe'fffe'ffff;
  constexpr std::uint64_t greatest_quotient = ~std::uint64_t{0} / 0xffff;
  static_assert(inverse * 0xffff == 1);
  const void* start = &ip;
  const auto* bytes = static_cast<const std::uint8_t*>(start);
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  std::uint32_t third = 0;
  // One by one, into registers: together they would go by way of the stack.
  std::memcpy(&first, bytes, sizeof first);
  std::memcpy(&second, bytes + sizeof first, sizeof second);
  std::memcpy(&third, bytes + sizeof first + sizeof second, sizeof third);
  unsigned long long sum = 0;  // what overflows comes in again
  unsigned long long all = 0;
  const bool carry = __builtin_uaddll_overflow(first, second, &sum);
  const bool last = __builtin_uaddll_overflow(sum, third + (carry ? 1ULL : 0), &all);
  return (all + (last ? 1 : 0)) * inverse <= greatest_quotient;
}

// What is wrong with a header that does not begin as nearly all do: version 4, five words.
Reason complaint_about(const rte_ipv4_hdr& ip, std::uint32_t total) noexcept {
  const std::uint32_t header = (ip.version_ihl & 0xfU) * 4;
  const bool is_whole = header > sizeof(rte_ipv4_hdr) && header <= total;
  return ip.version_ihl >> 4 == 4 && is_whole ? Reason::ip_options : Reason::bad_ip_header;
}

// The reason to drop the packet, or Reason::total if there is none. A fragment may be sound all the
// same, but that is looked at elsewhere.
Reason read_ip(Packet& packet) noexcept {
  constexpr std::uint8_t plain = RTE_IPV4_VHL_DEF;
  constexpr auto fragment_bits = RTE_BE16(RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK);
  const std::uint32_t there = length_of(packet) - packet.l3;
  if (there < sizeof(rte_ipv4_hdr)) return Reason::bad_ip_header;
  const auto& ip = packet.ip();
  const std::uint16_t total = Be16::raw(ip.total_length).host();
  if (total > there || total < sizeof(rte_ipv4_hdr)) return Reason::bad_ip_header;
  if (ip.version_ihl != plain) return complaint_about(ip, total);
  if (total > packet.in->mtu() && !packet.from_host) return Reason::too_big;
  if (!is_checksum_right(ip)) return Reason::bad_ip_checksum;
  // Ethernet pads short frames; what follows the packet is not ours to forward.
  if (total < there) {
    rte_pktmbuf_trim(packet.mbuf, static_cast<std::uint16_t>(there - total));
  }
  packet.ip_length = total;
  packet.l4 = static_cast<std::uint8_t>(packet.l3 + sizeof(rte_ipv4_hdr));
  if ((ip.fragment_offset & fragment_bits) != 0) return Reason::bad_fragment;
  const Protocol protocol{ip.next_proto_id};
  const Ports ports = read_transport(packet, protocol, total - std::uint32_t{sizeof ip});
  if (!ports.make_sense()) return Reason::bad_l4_header;
  packet.key = flow::Key::of(&ip.src_addr, ports.bits(),
                             flow::Key::pack(protocol, packet.in->router_slot()));
  return Reason::total;
}

// Reads the packets of one burst.
class Reader {
 public:
  // What does not come from the wire was counted and captured when it did.
  Reader(const Snapshot& now, Worker& self, CameBy way)
      : now_(now),
        self_(self),
        capture_(way == CameBy::wire ? self.capture : nullptr),
        way_(way),
        last_(self, way == CameBy::wire) {}

  void read(Packet& packet) noexcept {
    Frame frame;
    if (!read_frame(packet, frame)) return self_.drop(packet, Reason::runt);
    if (last_.fits(frame.wire)) [[likely]] {
      packet.in = last_.get();
      last_.count(packet);
      if (capture_ != nullptr) capture_->offer(packet.mbuf, packet.in->slot());
    } else if (!find_interface(packet, frame)) {
      return;
    }
    if (frame.type != ipv4_type) [[unlikely]] {
      return frame.type == arp_type ? hear(packet, {&packet.in, 1})
                                    : self_.drop(packet, Reason::unsupported_ethertype);
    }
    if (const Reason reason = read_ip(packet); reason != Reason::total) look_again(packet, reason);
  }

 private:
  void hear(Packet& packet, std::span<const InterfaceView* const> group) noexcept {
    if (way_ == CameBy::hand_over) return neighbour::overhear(self_, packet, group);
    neighbour::receive(self_, packet, group);
  }
  void look_again(Packet& packet, Reason reason) noexcept {
    if (reason == Reason::bad_fragment) reason = read_fragment(packet, self_, way_);
    if (reason != Reason::total) self_.drop(packet, reason);
  }
  // False if the packet has gone.
  bool find_interface(Packet& packet, const Frame& frame) noexcept;
  [[nodiscard]] const InterfaceView* look_up(const Ingress& wire) const noexcept;

  const Snapshot& now_;
  Worker& self_;
  Capture* capture_;
  CameBy way_;
  LastInterface last_;
};

const InterfaceView* Reader::look_up(const Ingress& wire) const noexcept {
  if (!wire.is_for_group()) return now_.find(wire.port, wire.vlan, wire.destination_mac());
  const auto* group = now_.segment(wire.port, wire.vlan);
  return group != nullptr && group->size() == 1 ? group->front() : nullptr;
}

bool Reader::find_interface(Packet& packet, const Frame& frame) noexcept {
  const Ingress& wire = frame.wire;
  if (wire.port == no_port) {  // from the router's own host, by a TAP
    packet.from_host = true;
    packet.in = now_.interface(packet.mbuf->hash.usr);
    if (packet.in == nullptr) {
      self_.drop(packet, Reason::no_interface);
      return false;
    }
    if (frame.type != ipv4_type || wire.destination_mac() == neighbour::host_gateway) return true;
    neighbour::send_from_host(self_, packet);
    return false;
  }
  // Everybody on a wire is to hear what ARP says to all.
  const bool is_for_all = frame.type == arp_type && wire.is_for_group();
  const auto* group = is_for_all ? now_.segment(wire.port, wire.vlan) : nullptr;
  packet.in = group != nullptr ? group->front() : is_for_all ? nullptr : look_up(wire);
  if (packet.in == nullptr) {
    self_.drop(packet, Reason::no_interface);
    return false;
  }
  if (!self_.is_explaining()) {
    last_.set(wire.is_for_group() ? Ingress{} : wire, *packet.in);
    last_.count(packet);
    if (capture_ != nullptr) capture_->offer(packet.mbuf, packet.in->slot());
  }
  packet.for_all = wire.is_for_group();
  if (group == nullptr) return true;
  hear(packet, *group);
  return false;
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
bool sums_up(const Packet& packet, std::uint32_t pseudo_header, std::size_t length) noexcept {
  const std::uint32_t sum = pseudo_header + rte_raw_cksum(packet.at(packet.l4), length);
  return (sum & 0xffff) + (sum >> 16) == 0xffff;
}

// What follows the datagram in its packet is not summed (RFC 9868).
bool is_udp_checksum_right(const Packet& packet) noexcept {
  const rte_udp_hdr& udp = packet.udp();
  if (udp.dgram_cksum == 0) return true;
  const std::uint16_t length = Be16::raw(udp.dgram_len).host();
  rte_ipv4_hdr ip = packet.ip();
  ip.total_length = Be16::of(static_cast<std::uint16_t>(sizeof ip + length)).bits();
  return sums_up(packet, rte_ipv4_phdr_cksum(&ip, 0), length);
}

bool is_l4_checksum_right(const Packet& packet) noexcept {
  const std::size_t length = packet.ip_length - (std::size_t{packet.l4} - packet.l3);
  switch (packet.protocol()) {
    case Protocol::udp:
      return is_udp_checksum_right(packet);
    case Protocol::tcp:
      return sums_up(packet, rte_ipv4_phdr_cksum(&packet.ip(), 0), length);
    case Protocol::icmp:
      return sums_up(packet, 0, length);
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
  // The checksum of a datagram in fragments is its receiver's to check.
  if (!packet.is_fragment && !is_l4_checksum_right(packet)) {
    return self.drop(packet, Reason::bad_l4_checksum);
  }
  if (packet.protocol() == Protocol::tcp) {
    constexpr std::uint8_t begins = RTE_TCP_SYN_FLAG | RTE_TCP_ACK_FLAG | RTE_TCP_RST_FLAG;
    opening.begins_session = (packet.tcp_flags & begins) == RTE_TCP_SYN_FLAG;
  } else {
    opening.begins_session = !packet.icmp_answer;
  }
}

}  // namespace

void Stage::run(Burst& burst, const Snapshot& now, Worker& self) noexcept {
  Reader reader{now, self, burst.way()};
  burst.each([&](Packet& packet) { reader.read(packet); });
}

void Admit::run(Burst& burst, const Snapshot& /*now*/, Worker& self) noexcept {
  burst.each_opening([&](Opening& opening) { judge(opening, self); });
}

}  // namespace viaduct::parse
