#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "base/checksum.h"
#include "base/net.h"
#include "dataplane/model/directory.h"
#include "dataplane/network/network.h"

// A session is one conversation through the router: two lines, one for each direction, next to each
// other. A line is one cache line and holds all that the fast path needs.
namespace viaduct::flow {

// Time since the worker began, in sixteenths of a second. Wraps after eight years; compare by
// subtraction.
using Ticks = std::uint32_t;
constexpr Ticks ticks_per_second = 16;

// What one direction of a session looks like on arrival. This is the IPv4 form; IPv6 flows are
// longer and live in a table of their own.
struct alignas(16) Key {
  Be32 source;
  Be32 destination;
  Be16 source_port;
  Be16 destination_port;
  std::uint32_t protocol_and_router = 0;  // protocol in the low 8 bits

  static Key of(const Tuple& tuple, Slot router) {
    return {tuple.source.address.as_v4(), tuple.destination.address.as_v4(),
            Be16::of(tuple.source.port), Be16::of(tuple.destination.port),
            pack(tuple.protocol, router)};
  }
  // From two addresses and two ports as they lie next to each other in headers. In words, since
  // memory gives back late as a word what was written in parts.
  static Key of(const void* addresses, std::uint32_t ports, std::uint32_t protocol_and_router) {
    std::array<std::uint64_t, 2> words;
    std::memcpy(words.data(), addresses, sizeof words[0]);
    words[1] = (std::uint64_t{protocol_and_router} << 32) | ports;
    return std::bit_cast<Key>(words);
  }
  static constexpr std::uint32_t pack(Protocol protocol, Slot router) {
    return static_cast<std::uint32_t>(protocol) | (router << 8);
  }
  [[nodiscard]] constexpr Protocol protocol() const {
    return Protocol{static_cast<std::uint8_t>(protocol_and_router & 0xff)};
  }
  [[nodiscard]] constexpr Slot router() const { return protocol_and_router >> 8; }
  [[nodiscard]] Tuple tuple() const {
    return {protocol(),
            {Address::v4(source), source_port.host()},
            {Address::v4(destination), destination_port.host()}};
  }
  [[nodiscard]] Key reversed() const {
    return {destination, source, destination_port, source_port, protocol_and_router};
  }
  [[nodiscard]] std::array<std::uint64_t, 2> words() const {
    return std::bit_cast<std::array<std::uint64_t, 2>>(*this);
  }
  friend bool operator==(const Key& a, const Key& b) {
    const auto left = a.words();
    const auto right = b.words();
    return ((left[0] ^ right[0]) | (left[1] ^ right[1])) == 0;
  }
};
static_assert(sizeof(Key) == 16);

// Keyed with two secret numbers, so that nobody outside can aim at one value.
[[nodiscard]] inline std::uint64_t hash(const Key& key,
                                        const std::array<std::uint64_t, 2>& seeds) noexcept {
  const auto words = key.words();
  const auto product = static_cast<unsigned __int128>(words[0] ^ seeds[0]) *
                       static_cast<unsigned __int128>(words[1] ^ seeds[1]);
  const auto folded =
      static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  return (folded ^ seeds[0]) * 0x9e3779b97f4a7c15ULL;
}

// What has been seen of a TCP connection in one direction: the flags of its packets, as TCP has
// them.
enum TcpSeen : std::uint8_t { tcp_fin = 1, tcp_syn = 2, tcp_rst = 4, tcp_ack = 16 };

enum LineFlag : std::uint16_t {
  live = 1,            // the line is in use
  ages = 2,            // its packets live one hop less afterwards
  counts_inbound = 4,  // usage: this direction comes in from the public side
  to_host = 8,         // goes to the router's own host
  // The firewall rule that admitted the session (of the forward line) or the egress exception that
  // did (of the reply line) lets its sessions run out when it is removed.
  rule_drains = 16,
  nat_drains = 32,   // likewise, translated by one
  from_host = 64,    // comes from the router's own host
  let_in = 128,      // its session would not be without a firewall rule or a port forward
  counted = 256,     // its session is one of those of the guest that it comes from
  permits = 512,     // its session lets others come in from where it goes
  helped = 1024,     // a helper looks into its session's packets
  announced = 2048,  // its session was announced by another one, which a helper looked into
};
// Which helper did or does: the bits above.
constexpr unsigned helper_shift = 12;

struct alignas(64) Line {
  Key key;
  Be32 source;  // how the packet leaves
  Be32 destination;
  Be16 source_port;
  Be16 destination_port;
  std::uint16_t ip_change = 0;  // folded checksum changes of the translation, and of the hop
  std::uint16_t l4_change = 0;
  std::uint32_t generation = 0;  // it was judged in
  Ticks last_seen = 0;
  std::uint32_t packets = 0;
  // TCP: the latest acknowledgement number; before there is one, that which the SYN awaits. Of a
  // UDP session's forward line: see keep_until().
  std::uint32_t acknowledged = 0;
  std::uint16_t usage = 0;
  std::uint16_t flags = 0;
  std::uint32_t ingress_and_tcp = 0;
  std::uint64_t bytes_and_adjacency = 0;

  [[nodiscard]] bool has(LineFlag flag) const { return (flags & flag) != 0; }
  [[nodiscard]] network::Helper helper() const {
    return network::Helper{static_cast<std::uint8_t>(flags >> helper_shift)};
  }
  void note_helper(LineFlag flag, network::Helper helper) {
    const auto others = flags & ((1U << helper_shift) - 1);
    const auto number = static_cast<unsigned>(helper) << helper_shift;
    flags = static_cast<std::uint16_t>(others | flag | number);
  }
  // Words with two parts are changed as a whole: memory gives back late as a word what was written
  // in parts.
  //
  // The interface that packets of this direction come in by.
  [[nodiscard]] Slot ingress() const { return ingress_and_tcp >> 8; }
  void come_in_by(Slot interface) { ingress_and_tcp = (interface << 8) | tcp(); }
  // TcpSeen.
  [[nodiscard]] std::uint8_t tcp() const { return static_cast<std::uint8_t>(ingress_and_tcp); }
  void note_tcp(std::uint8_t seen) { ingress_and_tcp |= seen; }
  void forget_tcp() { ingress_and_tcp &= ~std::uint32_t{0xff}; }
  // The next hop.
  [[nodiscard]] std::uint16_t adjacency() const {
    return static_cast<std::uint16_t>(bytes_and_adjacency);
  }
  void leave_by(std::uint16_t next_hop) {
    bytes_and_adjacency = (bytes_and_adjacency & ~std::uint64_t{0xffff}) | next_hop;
  }
  // Of IP packets.
  [[nodiscard]] std::uint64_t bytes() const { return bytes_and_adjacency >> 16; }
  void count(std::uint16_t ip_length) {
    ++packets;
    bytes_and_adjacency += std::uint64_t{ip_length} << 16;
  }
  // Keeps a UDP session, idle or not, until then. Of its forward line.
  void keep_until(Ticks then) { acknowledged = then == 0 ? 1 : then; }
  // How long that is yet; 0 if it is not kept.
  [[nodiscard]] Ticks kept_for(Ticks now) const {
    if (key.protocol() != Protocol::udp || acknowledged == 0) return 0;
    const auto left = static_cast<std::int32_t>(acknowledged - now);
    return left > 0 ? static_cast<Ticks>(left) : 0;
  }
  [[nodiscard]] bool is_kept(Ticks now) const { return kept_for(now) != 0; }
  // Makes packets of this line leave as `out`; `hops` is 0 for those of the router's own host.
  void translate_to(const Tuple& out, std::uint8_t hops);
  [[nodiscard]] Tuple leaves_as() const {
    return {key.protocol(),
            {Address::v4(source), source_port.host()},
            {Address::v4(destination), destination_port.host()}};
  }
};
static_assert(sizeof(Line) == 64);

// What is known of a session that packets do not need.
struct SessionInfo {
  Ticks opened = 0;           // of a free session: the next free one
  Slot rule = 0;              // that admitted or translated it
  Slot forward = 0;           // port forward that did
  std::uint32_t mapping = 0;  // source NAT mapping it holds; 0 is none
};

// What rooms gave to a session.
struct Holdings {
  std::uint32_t mapping = 0;  // source NAT mapping; 0 is none
  Be32 peer;                  // whom its answers come from
  bool permits_peer = false;
};

// A public endpoint that a guest's is to be known by, for what a helper read in its messages.
struct EndpointWish {
  Address at;
  Protocol protocol{};
  Endpoint guest;
  Endpoint peer;
  const network::Settings* network = &network::defaults;  // of the guest; not owned
  std::uint16_t port = 0;  // that the public one has to be; 0 for any
};
struct GivenEndpoint {
  std::uint32_t mapping = 0;  // 0: the port is nobody's to give
  std::uint16_t port = 0;     // 0: none is left
};

enum class State : std::uint8_t { open, opening, established, closing };
std::string_view name_of(State state);

[[nodiscard]] State state_of(const Line& forward, const Line& reply);
// Whether nobody has answered it yet; of TCP, whether its handshake was never done, whatever ended
// it since.
[[nodiscard]] bool is_half_open(const Line& forward, const Line& reply);
// How long a session lives without packets.
[[nodiscard]] Ticks timeout_of(const Line& forward, const Line& reply,
                               const network::Settings& network);

}  // namespace viaduct::flow
