#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/net.h"
#include "tests/frames.h"

// What the reference model speaks of: packets by what they say, not by their bytes, and what became
// of them.
namespace viaduct::test::reference {

struct Packet {
  std::string in;          // interface that it comes in by
  bool from_host = false;  // sent by the router's own host, through that interface's TAP
  bool to_all = false;     // in an Ethernet broadcast
  Protocol protocol{};
  Address source;
  Address destination;
  std::uint16_t source_port = 0;  // TCP and UDP
  std::uint16_t destination_port = 0;
  std::uint8_t icmp_type = 0;
  std::uint8_t icmp_code = 0;
  std::uint16_t identifier = 0;  // of ICMP queries
  std::string flags;             // TCP
  std::uint16_t mss = 0;         // TCP: the largest segment it asks for; 0: it does not say
  std::uint8_t ttl = 64;
  std::uint16_t length = 0;  // of the IP packet; 0: headers and eight bytes
  bool may_be_fragmented = false;
  bool is_fragment = false;              // the first one
  std::uint16_t datagram = 0;            // that it is of
  bool has_wrong_checksum = false;       // TCP, UDP or ICMP
  std::shared_ptr<const Packet> quoted;  // by an ICMP error
  std::uint16_t quoted_bytes = 0xffff;   // at most
  // Of TCP, where connections count from 0 and carry nothing.
  [[nodiscard]] unsigned sequence() const { return has('S') ? 0 : 1; }
  [[nodiscard]] bool has(char flag) const { return flags.find(flag) != std::string::npos; }
  // A connection's first packet.
  [[nodiscard]] bool asks_to_open() const { return has('S') && !has('A'); }
  [[nodiscard]] bool is_icmp_question() const;
  [[nodiscard]] bool is_icmp_answer() const;
  [[nodiscard]] bool is_icmp_error() const;
};

// Bytes of the IP packet.
[[nodiscard]] std::uint16_t length_of(const Packet& packet);

// Addresses and ports. In ICMP, who asks has the identifier for its port, who answers the type of
// the question; what is neither goes from port 0 to its type and code.
[[nodiscard]] Tuple tuple_of(const Packet& packet);
// A packet of such a tuple.
[[nodiscard]] Packet packet_of(const Tuple& tuple);

[[nodiscard]] Draft draft_of(const Packet& packet);
[[nodiscard]] std::string describe(const Packet& packet);

enum class Fate { forwarded, delivered, answered, dropped };

struct Verdict {
  Fate fate = Fate::dropped;
  std::string reason;     // why it was dropped
  std::string interface;  // by which it leaves, or whose TAP the host gets it by
  Tuple leaves_as;
  std::vector<std::string> rules;  // that decided, such as "firewall_rules/web", sorted
  // What explain does not tell:
  std::optional<std::uint8_t> ttl;
  std::optional<Address> next_hop;
  std::optional<Tuple> about;  // the packet that a forwarded ICMP error speaks of
  std::optional<std::pair<std::uint8_t, std::uint8_t>> sender_is_told;  // ICMP type and code
  std::uint16_t mss = 0;       // TCP: the largest segment it asks for now
  bool is_told_later = false;  // it is kept until its sender is told, or need not be
};

[[nodiscard]] Verdict dropped(std::string reason);
// "public0: 203.0.113.2:40000 > 198.51.100.9:80", "delivered to the host", "answered", "dropped:
// no_route".
[[nodiscard]] std::string name_of(const Verdict& verdict);
// The same, and the rules.
[[nodiscard]] std::string describe(const Verdict& verdict);
// All of it.
[[nodiscard]] std::string describe_all(const Verdict& verdict);

}  // namespace viaduct::test::reference
