#include "dataplane/helper/payload.h"

#include <cstring>

#include "dataplane/core/worker.h"
#include "dataplane/icmp/errors.h"

namespace viaduct::helper {
namespace {

// Where the payload begins, from what IP carries.
std::uint16_t header_of(const Packet& packet) noexcept {
  if (packet.protocol() == Protocol::udp) return sizeof(rte_udp_hdr);
  return static_cast<std::uint16_t>(packet.tcp().data_off >> 4 << 2);
}

}  // namespace

std::string_view payload(const Packet& packet) noexcept {
  const std::size_t begin = std::size_t{packet.l4} + header_of(packet);
  const std::size_t end = std::size_t{packet.l3} + packet.ip_length;
  // One with options after it (RFC 9868) could not grow.
  const bool is_all = packet.protocol() != Protocol::udp ||
                      Be16::raw(packet.udp().dgram_len).host() == end - packet.l4;
  if (!is_all) return {};
  const void* const start = packet.data + begin;
  return {static_cast<const char*>(start), end - begin};
}

bool may_grow(Packet& packet, std::int32_t growth, Worker& self) noexcept {
  const std::uint16_t mtu = self.neighbours.at(packet.line->adjacency()).mtu;
  if (packet.ip_length + growth <= mtu || icmp::may_be_fragmented(packet)) return true;
  icmp::too_big(self, packet, static_cast<std::uint16_t>(mtu - growth));
  return false;
}

Edit::Edit(Packet& packet) noexcept
    : packet_(packet),
      length_before_(length()),
      sum_before_(rte_raw_cksum(packet.at(packet.l4), length_before_)) {}

bool Edit::replace(std::size_t begin, std::size_t end, std::string_view text) noexcept {
  const std::string_view all = payload(packet_);
  const auto growth =
      static_cast<std::ptrdiff_t>(text.size()) - static_cast<std::ptrdiff_t>(end - begin);
  if (growth > 0 &&
      rte_pktmbuf_append(packet_.mbuf, static_cast<std::uint16_t>(growth)) == nullptr) {
    return false;
  }
  std::uint8_t* const start = packet_.at(packet_.l4) + header_of(packet_);
  std::memmove(start + begin + text.size(), start + end, all.size() - end);
  std::memcpy(start + begin, text.data(), text.size());
  if (growth < 0) rte_pktmbuf_trim(packet_.mbuf, static_cast<std::uint16_t>(-growth));
  if (growth != 0) set_length(static_cast<std::uint16_t>(packet_.ip_length + growth));
  return true;
}

void Edit::set_length(std::uint16_t of_ip) noexcept {
  auto& ip = packet_.ip();
  const Be16 is = Be16::of(of_ip);
  ip.hdr_checksum =
      change(Be16::raw(ip.total_length), is).applied_to(Be16::raw(ip.hdr_checksum)).bits();
  ip.total_length = is.bits();
  packet_.ip_length = of_ip;
  if (packet_.protocol() == Protocol::udp) packet_.udp().dgram_len = Be16::of(length()).bits();
}

void Edit::finish() noexcept {
  // The length is part of what is summed up above the header, too.
  const std::uint16_t sum = rte_raw_cksum(packet_.at(packet_.l4), length());
  const Change all =
      Change{sum_before_, sum} + change(Be16::of(length_before_), Be16::of(length()));
  if (packet_.protocol() == Protocol::tcp) {
    auto& tcp = packet_.tcp();
    tcp.cksum = all.applied_to(Be16::raw(tcp.cksum)).bits();
    return;
  }
  auto& udp = packet_.udp();
  if (udp.dgram_cksum == 0) return;
  udp.dgram_cksum = never_zero(all.applied_to(Be16::raw(udp.dgram_cksum))).bits();
}

}  // namespace viaduct::helper
