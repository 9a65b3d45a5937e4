#include "controlplane/selftest/side.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/interrupt.h"

namespace viaduct::selftest {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t ethernet_header = 14;
constexpr std::size_t shortest_frame = 60;
constexpr auto router_patience = 20s;

struct Opened {
  kernel::Descriptor socket;
  Mac ours;
};

Result<Opened> open_socket(const std::string& interface) {
  kernel::Descriptor socket{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL))};
  if (!socket.is_open()) return kernel::fail_system("cannot open a packet socket");
  ifreq request{};
  interface.copy(request.ifr_name, IFNAMSIZ - 1);
  if (ioctl(socket.get(), SIOCGIFHWADDR, &request) != 0) {
    return kernel::fail_system("cannot use interface " + interface);
  }
  Mac ours;
  std::memcpy(ours.bytes.data(), request.ifr_hwaddr.sa_data, ours.bytes.size());
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(if_nametoindex(interface.c_str()));
  const int room = 4 << 20;
  (void)setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return kernel::fail_system("cannot listen on interface " + interface);
  }
  return Opened{std::move(socket), ours};
}

// RFC 826, for Ethernet and IPv4.
struct Arp {
  std::uint16_t operation = 0;
  Mac sender_mac;
  Address sender;
  Mac target_mac;
  Address target;
};
constexpr std::uint16_t arp_request = 1;
constexpr std::uint16_t arp_reply = 2;
constexpr std::array<std::uint8_t, 6> arp_kind{0, 1, 8, 0, 6, 4};
constexpr std::size_t arp_length = 28;

Bytes write_arp(const Arp& arp) {
  Bytes bytes{arp_kind.begin(), arp_kind.end()};
  const auto add = [&](const auto& part) { bytes.insert(bytes.end(), part.begin(), part.end()); };
  const auto add_address = [&](const Address& address) {
    add(std::bit_cast<std::array<std::uint8_t, 4>>(address.as_v4()));
  };
  bytes.insert(bytes.end(), {0, static_cast<std::uint8_t>(arp.operation)});
  add(arp.sender_mac.bytes);
  add_address(arp.sender);
  add(arp.target_mac.bytes);
  add_address(arp.target);
  return bytes;
}

std::optional<Arp> read_arp(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < arp_length || !std::ranges::equal(bytes.first(6), arp_kind)) return {};
  const auto mac = [&](std::size_t at) {
    Mac read;
    std::ranges::copy(bytes.subspan(at, 6), read.bytes.begin());
    return read;
  };
  const auto address = [&](std::size_t at) {
    std::array<std::uint8_t, 4> read{};
    std::ranges::copy(bytes.subspan(at, 4), read.begin());
    return Address::v4(std::bit_cast<Be32>(read));
  };
  return Arp{static_cast<std::uint16_t>(bytes[6] << 8 | bytes[7]), mac(8), address(14), mac(18),
             address(24)};
}

}  // namespace

Result<Side> Side::open(const kernel::NetworkNamespace& network, const std::string& interface,
                        const Prefix& played) {
  auto [socket, ours] = TRY(network.run([&] { return open_socket(interface); }));
  return Side{std::move(socket), ours, played};
}

Result<void> Side::find_router(const Address& router, const Address& us) {
  router_ = Mac::broadcast();
  const Bytes question = write_arp({arp_request, ours_, us, Mac{}, router});
  const auto deadline = std::chrono::steady_clock::now() + router_patience;
  while (std::chrono::steady_clock::now() < deadline) {
    TRY(transmit(Mac::broadcast(), ETHERTYPE_ARP, question));
    TRY(listen(100ms));
    if (!router_.is_multicast()) return {};
  }
  return fail(Fault::unavailable, to_string(router), "the router does not answer ARP");
}

Result<void> Side::send(const Bytes& ip_packet) {
  return transmit(router_, ETHERTYPE_IP, ip_packet);
}

Result<void> Side::transmit(const Mac& to, std::uint16_t type,
                            std::span<const std::uint8_t> payload) {
  Bytes frame{to.bytes.begin(), to.bytes.end()};
  frame.insert(frame.end(), ours_.bytes.begin(), ours_.bytes.end());
  frame.insert(frame.end(),
               {static_cast<std::uint8_t>(type >> 8), static_cast<std::uint8_t>(type)});
  frame.insert(frame.end(), payload.begin(), payload.end());
  frame.resize(std::max(frame.size(), shortest_frame));
  if (::send(socket_.get(), frame.data(), frame.size(), 0) < 0) {
    return kernel::fail_system("cannot send a frame");
  }
  return {};
}

Result<void> Side::listen(std::chrono::milliseconds patience) {
  TRY(check_interrupts());
  pollfd waiting{.fd = socket_.get(), .events = POLLIN, .revents = 0};
  if (poll(&waiting, 1, static_cast<int>(patience.count())) < 0 && errno != EINTR) {
    return kernel::fail_system("cannot wait for a frame");
  }
  std::array<std::uint8_t, 2048> frame{};
  for (;;) {
    sockaddr_ll from{};
    socklen_t length = sizeof from;
    const ssize_t count = recvfrom(socket_.get(), frame.data(), frame.size(), MSG_DONTWAIT,
                                   reinterpret_cast<sockaddr*>(&from), &length);
    if (count < 0) return {};
    if (from.sll_pkttype == PACKET_OUTGOING) continue;
    TRY(take(std::span{frame}.first(static_cast<std::size_t>(count))));
  }
}

Result<void> Side::take(std::span<const std::uint8_t> frame) {
  if (frame.size() < ethernet_header) return {};
  const auto type = static_cast<std::uint16_t>(frame[12] << 8 | frame[13]);
  const auto payload = frame.subspan(ethernet_header);
  if (type == ETHERTYPE_ARP) return answer_arp(payload);
  if (type != ETHERTYPE_IP) return {};
  if (auto packet = read(payload)) heard_.push_back(*std::move(packet));
  return {};
}

Result<void> Side::answer_arp(std::span<const std::uint8_t> bytes) {
  const auto arp = read_arp(bytes);
  if (!arp) return {};
  if (arp->operation == arp_reply) {
    router_ = arp->sender_mac;
    return {};
  }
  if (!played_.contains(arp->target)) return {};
  return transmit(arp->sender_mac, ETHERTYPE_ARP,
                  write_arp({arp_reply, ours_, arp->target, arp->sender_mac, arp->sender}));
}

std::optional<Packet> Side::heard(const Wanted& wanted) {
  const auto found = std::ranges::find_if(heard_, wanted);
  if (found == heard_.end()) return std::nullopt;
  Packet packet = std::move(*found);
  heard_.erase(heard_.begin(), found + 1);
  return packet;
}

}  // namespace viaduct::selftest
