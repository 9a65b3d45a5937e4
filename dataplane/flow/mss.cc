#include "dataplane/flow/mss.h"

#include <bit>
#include <cstring>

#include "base/checksum.h"

namespace viaduct::flow {
namespace {

constexpr std::uint8_t end_of_options = 0;
constexpr std::uint8_t no_operation = 1;
constexpr std::uint8_t maximum_segment_size = 2;
constexpr std::uint8_t length_of_mss = 4;

// Where the option's value stands in the TCP header, or 0.
std::size_t find_mss(const std::uint8_t* tcp, std::size_t length) noexcept {
  for (std::size_t at = sizeof(rte_tcp_hdr); at < length;) {
    if (tcp[at] == end_of_options) return 0;
    if (tcp[at] == no_operation) {
      ++at;
      continue;
    }
    if (at + 1 >= length || tcp[at + 1] < 2 || at + tcp[at + 1] > length) return 0;
    if (tcp[at] == maximum_segment_size && tcp[at + 1] == length_of_mss) return at + 2;
    at += tcp[at + 1];
  }
  return 0;
}

}  // namespace

void clamp_mss(const Packet& packet, std::uint16_t mtu) noexcept {
  rte_tcp_hdr& tcp = packet.tcp();
  const std::size_t length = std::size_t{tcp.data_off} / 16 * 4;
  const std::size_t at = find_mss(packet.at(packet.l4), length);
  if (at == 0) return;
  std::uint8_t* value = packet.at(static_cast<std::uint16_t>(packet.l4 + at));
  std::uint16_t before = 0;
  std::memcpy(&before, value, sizeof before);
  const auto largest = static_cast<std::uint16_t>(mtu - sizeof(rte_ipv4_hdr) - sizeof(rte_tcp_hdr));
  if (rte_be_to_cpu_16(before) <= largest) return;
  std::uint16_t after = rte_cpu_to_be_16(largest);
  std::memcpy(value, &after, sizeof after);
  if (at % 2 != 0) {
    // In the checksum, its bytes are in two words, each in the other's place (RFC 1071 2 B).
    before = rte_bswap16(before);
    after = rte_bswap16(after);
  }
  const Change change{before, after};
  tcp.cksum = change.applied_to(Be16::raw(tcp.cksum)).bits();
}

}  // namespace viaduct::flow
