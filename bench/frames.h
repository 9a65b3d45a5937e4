#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/net.h"
#include "dataplane/core/snapshot.h"

struct rte_mbuf;

// Frames as the bench makes and checks them.
namespace viaduct::bench {

// One direction of a conversation: what its frames have of their own. In wire order.
struct Sketch {
  Be32 source;
  Be32 destination;
  Be16 source_port;
  Be16 destination_port;
  std::uint16_t ip_sum = 0;  // of the IP header's words, without its length
  std::uint16_t l4_sum = 0;  // likewise of the transport's with its pseudo header and the number
  std::uint32_t number = 0;  // 2 * conversation + direction; travels in the payload
  Protocol protocol{};
  bool from_guest = false;  // by which interface it comes in

  static Sketch of(const Tuple& tuple, std::uint32_t number, bool from_guest);
  [[nodiscard]] Tuple tuple() const;
};
static_assert(sizeof(Sketch) == 24);

// Frame lengths as they are on the wire, with the checksum that the NIC adds: 64 and 1518 are the
// least and most. An IMIX is 7 frames of 64, 4 of 594, 1 of 1518.
class FrameLengths {
 public:
  // "64", "1500" (bytes of IP), "imix", or another number of bytes.
  static Result<FrameLengths> parse(const std::string& text);
  // Of the n-th frame, without the NIC's checksum.
  [[nodiscard]] std::uint16_t of(std::uint32_t n) const { return lengths_[n % lengths_.size()]; }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  std::string name_;
  std::vector<std::uint16_t> lengths_;
};

// What TCP says in it; frames of UDP ignore it.
enum class TcpFlags : std::uint8_t { ack = 0x10, syn = 0x02, syn_ack = 0x12, fin = 0x11 };

// Writes one frame, all of it but the rest of the payload, into `mbuf`.
void write_frame(rte_mbuf& mbuf, const Sketch& sketch, std::uint16_t length,
                 const InterfaceView& to, TcpFlags flags = TcpFlags::ack) noexcept;

// The number in the payload of a frame.
[[nodiscard]] std::uint32_t number_in(const rte_mbuf& mbuf) noexcept;

// The conversation's tuple as the frame says it.
[[nodiscard]] Tuple tuple_in(const rte_mbuf& mbuf) noexcept;

// From whom to whom the link carries it.
struct Hop {
  Mac from;
  Mac to;
  friend bool operator==(const Hop&, const Hop&) = default;
};
[[nodiscard]] Hop hop_of(const rte_mbuf& mbuf) noexcept;

// Whether it is a frame of a conversation, and none of the router's own: ARP or an ICMP error.
[[nodiscard]] bool is_ours(const rte_mbuf& mbuf) noexcept;

// Empty if both checksums and the TTL are right; else what is wrong.
[[nodiscard]] std::string complaint_about(const rte_mbuf& mbuf);

// The Ethernet address of a neighbour of the bench.
[[nodiscard]] Mac mac_of(const Address& neighbour);

}  // namespace viaduct::bench
