#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/net.h"

// Frames as tests speak of them: drafted from a sentence, and read back as one.
namespace viaduct::test {

using Bytes = std::vector<std::uint8_t>;

// A packet that a test is about to send.
class Draft {
 public:
  Draft(Protocol protocol, std::string_view sentence);

  // The interface that it comes in by, such as "guest0" or "blue/guest0"; by default the one whose
  // network its source is in, else "public0".
  Draft& from(std::string_view interface) { return set(from_, std::string{interface}); }
  // The router's own host sends it, by the TAP of that interface.
  Draft& from_host(std::string_view interface) { return set(by_host_, true).from(interface); }
  Draft& flags(std::string_view letters) { return set(flags_, std::string{letters}); }  // TCP
  // TCP: by default those of a connection whose sides both count from 0, and send nothing.
  Draft& sequence(std::uint32_t number) { return set(sequence_, std::optional{number}); }
  Draft& acknowledges(std::uint32_t number) { return set(acknowledged_, std::optional{number}); }
  // A multiple of four bytes.
  Draft& tcp_options(Bytes options) { return set(tcp_options_, std::move(options)); }
  Draft& ttl(std::uint8_t hops) { return set(ttl_, hops); }
  Draft& length(std::size_t of_ip_packet) { return set(length_, of_ip_packet); }
  // What TCP or UDP carries, in the place of eight zero bytes.
  Draft& carries(std::string_view text) { return set(payload_, Bytes{text.begin(), text.end()}); }
  Draft& may_be_fragmented() { return set(fragmentation_, std::uint16_t{0}); }
  // A datagram, by its IP identification, and the bytes of its payload that this fragment of it
  // has.
  Draft& datagram(std::uint16_t identification) { return set(identification_, identification); }
  Draft& part(std::size_t begin, std::size_t end) {
    return set(part_, std::optional{std::pair{begin, end}});
  }
  Draft& fragment(std::uint16_t bits) { return set(fragmentation_, bits); }
  Draft& type(std::uint8_t type, std::uint8_t code) { return set(icmp_, std::pair{type, code}); }
  Draft& id(std::uint16_t identifier);                                // of an ICMP query
  Draft& without_checksum() { return set(has_l4_checksum_, false); }  // UDP
  Draft& about(const Draft& quoted, std::size_t bytes = 10'000);      // an ICMP error
  // Changes a byte of what about() quotes.
  Draft& quoted_byte(std::size_t at, std::uint8_t value);
  Draft& to_mac(const Mac& mac) { return set(to_, std::optional{mac}); }
  // Sets a byte of the IP packet, after all checksums were written.
  Draft& spoil(std::size_t at, std::uint8_t value);
  // The same, before the IP header's checksum is written.
  Draft& byte(std::size_t at, std::uint8_t value);
  Draft& cut_to(std::size_t bytes_of_frame) { return set(cut_, bytes_of_frame); }

  [[nodiscard]] const Tuple& tuple() const { return tuple_; }
  [[nodiscard]] const std::string& interface() const { return from_; }
  [[nodiscard]] bool is_from_host() const { return by_host_; }
  [[nodiscard]] Bytes ip_packet() const;
  // The whole frame to `mac`, tagged if `vlan` is not 0.
  [[nodiscard]] Bytes frame(const Mac& mac, std::uint16_t vlan) const;

  static constexpr Mac sender{{0x02, 0, 0, 0, 0, 0x99}};

 private:
  template <class T>
  Draft& set(T& member, T value) {
    member = std::move(value);
    return *this;
  }
  void write_transport(Bytes& packet) const;
  void cut_part(Bytes& packet) const;

  Tuple tuple_;
  std::string from_;
  std::string flags_ = "S";
  std::optional<std::uint32_t> sequence_;
  std::optional<std::uint32_t> acknowledged_;
  Bytes tcp_options_;
  std::uint8_t ttl_ = 64;
  std::size_t length_ = 0;  // 0: header and eight bytes
  std::uint16_t identification_ = 0;
  std::uint16_t fragmentation_ = 0x4000;
  std::optional<std::pair<std::size_t, std::size_t>> part_;
  std::pair<std::uint8_t, std::uint8_t> icmp_{8, 0};
  Bytes quote_;
  Bytes payload_;
  std::optional<Mac> to_;
  std::size_t cut_ = ~std::size_t{0};
  bool by_host_ = false;
  bool has_l4_checksum_ = true;
  std::vector<std::pair<std::size_t, std::uint8_t>> before_;
  std::vector<std::pair<std::size_t, std::uint8_t>> after_;
};

// "10.1.1.11:40000 > 198.51.100.9:80"; for other protocols without the ports.
Draft tcp(std::string_view sentence);
Draft udp(std::string_view sentence);
Draft ping(std::string_view sentence, std::uint16_t identifier = 7);
Draft pong(std::string_view sentence, std::uint16_t identifier = 7);
Draft icmp(std::string_view sentence, std::uint8_t type, std::uint8_t code);
Draft other(std::uint8_t protocol, std::string_view sentence);

// An ARP frame without its VLAN tag.
struct Arp {
  std::uint16_t operation = 1;
  Mac sender_mac;
  std::string_view sender;
  Mac target_mac;
  std::string_view target;
  Mac to = Mac::broadcast();
};
Bytes arp_frame(const Arp& arp, std::uint16_t vlan);

// The Ethernet address of every station in these tests follows from its IP address.
Mac station(const Address& address);

// A frame taken apart; views into its bytes, which must outlive it.
struct Reading {
  Mac to;
  Mac from;
  std::uint16_t vlan = 0;
  std::uint16_t type = 0;
  std::span<const std::uint8_t> payload;
};
Reading read_frame(std::span<const std::uint8_t> frame);

// The frame's content in words: "10.1.1.11:40000 > 198.51.100.9:80", "arp who has 10.1.1.11 tell
// 10.1.1.1", with complaints about checksums that do not add up. Fragments end with "part 0-1480",
// the last one with "part 2960-end".
std::string describe(const Reading& frame);
// "10.1.1.11:40000 > 198.51.100.9:80", for ICMP queries "10.1.1.11 > 198.51.100.9 echo 7".
std::string describe(const Tuple& tuple);

// What the TCP or UDP packet in a frame carries.
std::string payload(std::span<const std::uint8_t> frame);

// Makes version, lengths and checksums of a drawn IP packet right, and it no fragment unless it may
// be one; leaves all else as it is. REQUIRES: at least 48 bytes.
void mend(Bytes& ip_packet, bool may_be_fragment = false);

// The datagram that these frames are the fragments of, in one frame. REQUIRES: none is missing.
Bytes put_together(std::span<const Bytes> frames);

// Empty, or what is wrong with the checksums of an IP packet. Fragments say nothing of that above
// IP.
std::string complaint(std::span<const std::uint8_t> ip_packet);

}  // namespace viaduct::test
