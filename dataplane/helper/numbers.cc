#include "dataplane/helper/numbers.h"

#include <cstring>

namespace viaduct::helper {
namespace {

constexpr std::uint8_t end_of_options = 0;
constexpr std::uint8_t no_operation = 1;
constexpr std::uint8_t selective_acknowledgement = 5;

// The edges of the blocks that one option has.
void shift_edges(std::uint8_t* edges, std::size_t count, const Shift& shift) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    rte_be32_t edge = 0;
    std::memcpy(&edge, edges + i * sizeof edge, sizeof edge);
    edge = rte_cpu_to_be_32(shift.of_acknowledgement(rte_be_to_cpu_32(edge)));
    std::memcpy(edges + i * sizeof edge, &edge, sizeof edge);
  }
}

void shift_selective(std::uint8_t* options, std::size_t size, const Shift& shift) noexcept {
  constexpr std::size_t head = 2;  // of an option: what it is, and its length
  for (std::size_t at = 0; at < size && options[at] != end_of_options;) {
    if (options[at] == no_operation) {
      ++at;
      continue;
    }
    const std::size_t length = at + 1 < size ? options[at + 1] : 0;
    if (length < head || at + length > size) return;
    if (options[at] == selective_acknowledgement) {
      shift_edges(options + at + head, (length - head) / sizeof(rte_be32_t), shift);
    }
    at += length;
  }
}

}  // namespace

void shift_numbers(const Packet& packet, const Shift& sent, const Shift& acknowledged) noexcept {
  auto& tcp = packet.tcp();
  tcp.sent_seq = rte_cpu_to_be_32(sent.of_sequence(rte_be_to_cpu_32(tcp.sent_seq)));
  if ((tcp.tcp_flags & RTE_TCP_ACK_FLAG) == 0) return;
  tcp.recv_ack = rte_cpu_to_be_32(acknowledged.of_acknowledgement(rte_be_to_cpu_32(tcp.recv_ack)));
  const std::size_t header = std::size_t{tcp.data_off} >> 4 << 2;
  shift_selective(packet.at(packet.l4) + sizeof tcp, header - sizeof tcp, acknowledged);
}

}  // namespace viaduct::helper
