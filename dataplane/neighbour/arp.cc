#include "dataplane/neighbour/arp.h"

#include <rte_arp.h>
#include <rte_ether.h>

#include <array>
#include <cstring>

#include "dataplane/core/packet.h"
#include "dataplane/core/worker.h"

namespace viaduct::neighbour {
namespace {

Mac mac_of(const rte_ether_addr& raw) {
  Mac mac;
  std::memcpy(mac.bytes.data(), raw.addr_bytes, mac.bytes.size());
  return mac;
}

rte_ether_addr raw(const Mac& mac) {
  rte_ether_addr out;
  std::memcpy(out.addr_bytes, mac.bytes.data(), mac.bytes.size());
  return out;
}

struct Message {
  std::uint16_t operation;
  Mac sender_mac;
  Address sender;
  Mac target_mac;
  Address target;
};

void write(rte_arp_hdr& arp, const Message& message) {
  arp.arp_hardware = rte_cpu_to_be_16(RTE_ARP_HRD_ETHER);
  arp.arp_protocol = rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4);
  arp.arp_hlen = RTE_ETHER_ADDR_LEN;
  arp.arp_plen = sizeof(std::uint32_t);
  arp.arp_opcode = rte_cpu_to_be_16(message.operation);
  arp.arp_data.arp_sha = raw(message.sender_mac);
  arp.arp_data.arp_sip = message.sender.as_v4().bits();
  arp.arp_data.arp_tha = raw(message.target_mac);
  arp.arp_data.arp_tip = message.target.as_v4().bits();
}

void emit(Worker& self, const InterfaceView& interface, const Mac& whom,
          const Message& message) noexcept {
  if (interface.port == no_port || !message.target.is_v4() || !message.sender.is_v4()) return;
  rte_mbuf* mbuf = self.allocate();
  if (mbuf == nullptr) return;
  auto* start = reinterpret_cast<std::uint8_t*>(  // NOLINT(cppcoreguidelines-pro-type-*)
      rte_pktmbuf_append(mbuf, RTE_ETHER_MIN_LEN - RTE_ETHER_CRC_LEN));
  std::memset(start, 0, RTE_ETHER_MIN_LEN - RTE_ETHER_CRC_LEN);
  const auto length = ethernet_header(start, whom, interface.config->mac, interface.config->vlan,
                                      RTE_ETHER_TYPE_ARP);
  write(*rte_pktmbuf_mtod_offset(mbuf, rte_arp_hdr*, length), message);
  self.send(mbuf, interface.port, interface.slot());
}

// Turns a request into its answer, in its own buffer.
void answer(Worker& self, Packet& packet, const Message& request, const Mac& mac) noexcept {
  auto& ethernet = packet.ethernet();
  ethernet.dst_addr = ethernet.src_addr;
  ethernet.src_addr = raw(mac);
  write(packet.header<rte_arp_hdr>(packet.l3),
        {RTE_ARP_OP_REPLY, mac, request.target, request.sender_mac, request.sender});
  rte_mbuf* frame = std::exchange(packet.mbuf, nullptr);
  if (packet.from_host) return self.send_to_host(frame, packet.in->slot());
  self.send(frame, packet.in->port, packet.in->slot());
}

// Someone else claims an address of ours: say whose it is, but not again for a while (RFC
// 5227 2.4).
void defend(Worker& self, const InterfaceView& on, const Address& address) noexcept {
  constexpr flow::Ticks pause = 10 * flow::ticks_per_second;
  InterfaceCounters& counters = self.interfaces[on.slot()];
  if (counters.defended != 0 && self.now() - counters.defended < pause) return;
  counters.defended = std::max(self.now(), flow::Ticks{1});
  announce(self, on, address);
}

}  // namespace

std::uint8_t ethernet_header(std::uint8_t* out, const Mac& destination, const Mac& source,
                             std::uint16_t vlan, std::uint16_t type) noexcept {
  const auto put16 = [&](std::size_t at, std::uint16_t value) {
    out[at] = static_cast<std::uint8_t>(value >> 8);
    out[at + 1] = static_cast<std::uint8_t>(value);
  };
  std::memcpy(out, destination.bytes.data(), 6);
  std::memcpy(out + 6, source.bytes.data(), 6);
  if (vlan == 0) {
    put16(12, type);
    return 14;
  }
  put16(12, RTE_ETHER_TYPE_VLAN);
  put16(14, vlan);
  put16(16, type);
  return 18;
}

void send_from_host(Worker& self, Packet& packet) noexcept {
  const InterfaceView& out = *packet.in;
  if (self.is_explaining() || out.port == no_port) return self.drop(packet, Reason::port_down);
  if (rte_pktmbuf_data_len(packet.mbuf) - packet.l3 > out.config->mtu) {
    return self.drop(packet, Reason::too_big);
  }
  Mac to;
  std::memcpy(to.bytes.data(), packet.ethernet().dst_addr.addr_bytes, to.bytes.size());
  rte_mbuf* mbuf = std::exchange(packet.mbuf, nullptr);
  rte_pktmbuf_adj(mbuf, packet.l3);
  std::array<std::uint8_t, 18> header{};
  const auto length =
      ethernet_header(header.data(), to, out.config->mac, out.config->vlan, RTE_ETHER_TYPE_IPV4);
  std::memcpy(rte_pktmbuf_prepend(mbuf, length), header.data(), length);
  self.send(mbuf, out.port, out.slot());
}

void send_request(Worker& self, Slot interface, const Address& address, const Mac& whom) noexcept {
  const InterfaceView* on = self.interface(interface);
  if (on == nullptr) return;
  const Address* own = on->config->address_facing(address);
  if (own == nullptr) return;
  emit(self, *on, whom, {RTE_ARP_OP_REQUEST, on->config->mac, *own, Mac{}, address});
}

void announce(Worker& self, const InterfaceView& interface, const Address& address) noexcept {
  emit(self, interface, Mac::broadcast(),
       {RTE_ARP_OP_REQUEST, interface.config->mac, address, Mac{}, address});
}

namespace {

// False for what is no ARP between Ethernet and IPv4.
bool read(const Packet& packet, Message& message) noexcept {
  if (rte_pktmbuf_data_len(packet.mbuf) < packet.l3 + sizeof(rte_arp_hdr)) return false;
  const auto& arp = packet.header<rte_arp_hdr>(packet.l3);
  const auto operation = rte_be_to_cpu_16(arp.arp_opcode);
  if (arp.arp_hardware != rte_cpu_to_be_16(RTE_ARP_HRD_ETHER) ||
      arp.arp_protocol != rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4) ||
      arp.arp_hlen != RTE_ETHER_ADDR_LEN || arp.arp_plen != sizeof(std::uint32_t) ||
      (operation != RTE_ARP_OP_REQUEST && operation != RTE_ARP_OP_REPLY)) {
    return false;
  }
  message = {operation, mac_of(arp.arp_data.arp_sha), Address::v4(Be32::raw(arp.arp_data.arp_sip)),
             mac_of(arp.arp_data.arp_tha), Address::v4(Be32::raw(arp.arp_data.arp_tip))};
  return true;
}

// Whether a station may say this of itself on these networks, and none of them says so itself.
bool is_credible(const Message& message, std::span<const InterfaceView* const> group) noexcept {
  return !message.sender_mac.is_multicast() && message.sender_mac != Mac{} &&
         std::ranges::none_of(group, [&](const InterfaceView* on) {
           return message.sender_mac == on->config->mac || on->answers_for(message.sender);
         });
}

// Whether the sender's address is another guest's.
bool is_spoofed(const Message& message, const InterfaceView& on) noexcept {
  const Mac* bound = on.router->compiled->guests->find(on.slot(), message.sender);
  return bound != nullptr && *bound != message.sender_mac;
}

// Neighbours are always heard, once at a time; strangers only so often, lest a flood of them costs
// the neighbours their time and their places in the table.
bool is_heard(Worker& self, const Message& message,
              std::span<const InterfaceView* const> group) noexcept {
  constexpr std::uint32_t strangers_per_second = 500;
  const bool is_expected = std::ranges::any_of(group, [&](const InterfaceView* on) {
    return self.neighbours.expects(on->slot(), message.sender, message.sender_mac, self.now());
  });
  return is_expected ||
         self.interfaces[group.front()->slot()].strangers.take(strangers_per_second, self.now());
}

// Takes note of a neighbour, and makes one known that asks for us. Says whether it does.
bool learn(Worker& self, const Message& message, const InterfaceView& on) noexcept {
  const bool asks_us = message.operation == RTE_ARP_OP_REQUEST && on.answers_for(message.target);
  if (on.config->is_on_link(message.sender)) {
    self.neighbours.learn(self, on, message.sender, message.sender_mac, asks_us);
  }
  return asks_us;
}

}  // namespace

void overhear(Worker& self, Packet& packet, std::span<const InterfaceView* const> group) noexcept {
  Message message{};
  if (read(packet, message) && is_credible(message, group)) {
    for (const InterfaceView* on : group) {
      if (!is_spoofed(message, *on) && learn(self, message, *on)) break;
    }
  }
  self.consume(packet);
}

void receive(Worker& self, Packet& packet, std::span<const InterfaceView* const> group) noexcept {
  Message message{};
  if (!read(packet, message)) return self.drop(packet, Reason::bad_arp);
  const bool is_request = message.operation == RTE_ARP_OP_REQUEST;
  if (packet.from_host) {
    const bool asks_for_itself = packet.in->router->compiled->owns(message.target);
    if (is_request && !asks_for_itself) {
      return answer(self, packet, message, host_gateway);
    }
    return self.consume(packet);
  }
  if (message.sender_mac.is_multicast() || message.sender_mac == Mac{}) {
    return self.drop(packet, Reason::bad_arp);
  }
  if (!self.is_explaining()) {
    if (!is_heard(self, message, group)) return self.drop(packet, Reason::arp_limit);
    // What one worker hears, all have to know.
    self.tell_others(*packet.mbuf);
  }
  for (const InterfaceView* on : group) {
    // Our own words, come back by a wire that reflects them.
    if (message.sender_mac == on->config->mac) return self.consume(packet);
    if (!on->answers_for(message.sender)) continue;
    packet.in = on;
    defend(self, *on, message.sender);
    return self.drop(packet, Reason::bad_arp);
  }
  for (const InterfaceView* on : group) {
    packet.in = on;
    if (is_spoofed(message, *on)) return self.drop(packet, Reason::spoofed_arp);
    // Whoever asks is answered (RFC 826): an address probe (RFC 5227) has no sender yet, and a host
    // with several addresses may ask as one of another network.
    if (learn(self, message, *on)) return answer(self, packet, message, on->config->mac);
  }
  self.consume(packet);
}

}  // namespace viaduct::neighbour
