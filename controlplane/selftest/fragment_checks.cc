#include <algorithm>
#include <numeric>

#include "controlplane/selftest/check.h"

// RFC 4787 REQ-13 and REQ-14: packets that are too large, and fragments.
namespace viaduct::selftest {
namespace {

constexpr std::uint16_t small_mtu = 1400;
constexpr std::size_t payload_length = 3000;
constexpr std::size_t piece_length = 1480;

Packet large(const Endpoint& source, const Endpoint& destination, std::size_t length) {
  Packet packet = udp(source, destination);
  packet.payload.resize(length);
  std::iota(packet.payload.begin(), packet.payload.end(), std::uint8_t{0});
  packet.identification = source.port;
  return packet;
}

// How much of a datagram from `source` has come in pieces, in bytes after the IP header.
std::size_t received_from(const Side& side, const Address& source, std::uint16_t identification) {
  std::size_t sum = 0;
  for (const Packet& packet : side.all_heard()) {
    if (packet.source.address != source || packet.identification != identification) continue;
    if (!packet.has_more && packet.offset == 0) continue;
    sum += packet.payload.size() + (packet.offset == 0 ? 8 : 0);
  }
  return sum;
}

Result<Seen> tells_the_mtu(Trial& trial) {
  TRY(trial.set({.outside_mtu = small_mtu}));
  const Packet packet = large(trial.guest(), trial.server(), 1472);
  const auto told = TRY(trial.answer_to_guest(packet, [](const Packet& p) {
    return p.is_icmp_error() && p.code == icmp::fragmentation_needed_code;
  }));
  if (!told) return Seen{"nobody tells the guest", false};
  const auto about = quoted(*told);
  const bool is_right = told->mtu == small_mtu && about && about->source == packet.source &&
                        about->destination == packet.destination && told->is_sound;
  return Seen{"the guest is told " + std::to_string(told->mtu) + ", about its own packet",
              is_right};
}

Result<Seen> fragments_what_may_be(Trial& trial) {
  TRY(trial.set({.outside_mtu = small_mtu}));
  Packet packet = large(trial.guest(), trial.server(), 1472);
  packet.may_fragment = true;
  trial.internet().forget();
  TRY(trial.send(trial.guests(), {write(packet)}));
  TRY(trial.settle(trial.guests()));
  std::size_t pieces = 0;
  bool fits = true;
  for (const Packet& p : trial.internet().all_heard()) {
    if (!p.has_more && p.offset == 0) continue;
    ++pieces;
    fits = fits && write(p).size() <= small_mtu;
  }
  const std::size_t carried =
      received_from(trial.internet(), plan::router_outside[0], packet.identification);
  return Seen{std::to_string(pieces) + " fragments with " + std::to_string(carried) + " of 1480 B",
              pieces == 2 && fits && carried == 1480};
}

enum class Order : unsigned char { usual, last_first };

// Whether a datagram in fragments reaches the other side, all of it.
Result<Seen> passes(Trial& trial, Side& from, const Packet& datagram, Order order) {
  auto pieces = fragments(datagram, piece_length);
  if (order == Order::last_first) std::ranges::reverse(pieces);
  Side& to = &from == &trial.guests() ? trial.internet() : trial.guests();
  const Address shown =
      &to == &trial.internet() ? plan::router_outside[0] : datagram.source.address;
  to.forget();
  TRY(trial.send(from, pieces));
  TRY(trial.settle(from));
  const std::size_t all = payload_length + 8;
  const std::size_t came = received_from(to, shown, datagram.identification);
  return Seen{std::to_string(came) + " of " + std::to_string(all) + " B arrive", came == all};
}

Result<Seen> outward(Trial& trial, Order order) {
  TRY(trial.set({}));
  return passes(trial, trial.guests(), large(trial.guest(), trial.server(), payload_length), order);
}

Result<Seen> inward(Trial& trial, Order order) {
  TRY(trial.set({}));
  const Endpoint server = trial.server();
  const auto shown = TRY(trial.mapped(Protocol::udp, trial.guest(), server));
  if (!shown) return Seen{"a datagram was lost", false};
  return passes(trial, trial.internet(), large(server, *shown, payload_length), order);
}

Result<Seen> passes_outward(Trial& trial) {
  return outward(trial, Order::usual);
}
Result<Seen> passes_outward_reversed(Trial& trial) {
  return outward(trial, Order::last_first);
}
Result<Seen> passes_inward(Trial& trial) {
  return inward(trial, Order::usual);
}
Result<Seen> passes_inward_reversed(Trial& trial) {
  return inward(trial, Order::last_first);
}

// The second piece would replace the end of the first (RFC 3128, RFC 1858).
Result<Seen> refuses_overlaps(Trial& trial) {
  TRY(trial.set({}));
  const Packet datagram = large(trial.guest(), trial.server(), payload_length);
  auto pieces = fragments(datagram, piece_length);
  auto shifted = fragments(datagram, piece_length - 8);
  trial.internet().forget();
  TRY(trial.send(trial.guests(), {pieces[0], shifted[1], pieces[2]}));
  TRY(trial.settle(trial.guests()));
  const std::size_t came =
      received_from(trial.internet(), plan::router_outside[0], datagram.identification);
  return Seen{std::to_string(came) + " B arrive, not the overlap",
              came == piece_length || came == 0};
}

constexpr std::array checks{
    Check{"RFC 4787", "REQ-13", "DF set: the guest is told the MTU of 1400", tells_the_mtu},
    Check{"RFC 4787", "REQ-13", "DF not set: leaves in fragments that fit", fragments_what_may_be},
    Check{"RFC 4787", "REQ-14", "fragments pass outward", passes_outward},
    Check{"RFC 4787", "REQ-14", "fragments pass inward", passes_inward},
    Check{"RFC 4787", "REQ-14 a", "fragments in reverse order pass outward",
          passes_outward_reversed},
    Check{"RFC 4787", "REQ-14 a", "fragments in reverse order pass inward", passes_inward_reversed},
    Check{"RFC 3128", "", "fragments that overlap do not pass", refuses_overlaps},
};

}  // namespace

std::span<const Check> fragment_checks() {
  return checks;
}

}  // namespace viaduct::selftest
