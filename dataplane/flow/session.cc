#include "dataplane/flow/session.h"

namespace viaduct::flow {

void Line::translate_to(const Tuple& out, std::uint8_t hops) {
  source = out.source.address.as_v4();
  destination = out.destination.address.as_v4();
  source_port = Be16::of(out.source.port);
  destination_port = Be16::of(out.destination.port);
  const Change addresses = change(key.source, source) + change(key.destination, destination);
  // What counts hops is the high byte of its word in the header.
  const Change age = hops == 0 ? Change{} : change(Be16::of(0x0100), Be16::of(0x0000));
  ip_change = (addresses + age).folded();
  const Change ports =
      change(key.source_port, source_port) + change(key.destination_port, destination_port);
  // ICMP has no pseudo header, and so no addresses in its checksum.
  l4_change = (key.protocol() == Protocol::icmp ? ports : addresses + ports).folded();
  flags = static_cast<std::uint16_t>(hops == 0 ? flags & ~ages : flags | ages);
}

std::string_view name_of(State state) {
  switch (state) {
    case State::open:
      return "open";
    case State::opening:
      return "opening";
    case State::established:
      return "established";
    case State::closing:
      return "closing";
  }
  return "?";
}

State state_of(const Line& forward, const Line& reply) {
  if (forward.key.protocol() != Protocol::tcp) {
    return reply.packets == 0 ? State::opening : State::open;
  }
  if (((forward.tcp() | reply.tcp()) & tcp_rst) != 0) return State::closing;
  if ((forward.tcp() & reply.tcp() & tcp_fin) != 0) return State::closing;
  return is_half_open(forward, reply) ? State::opening : State::established;
}

bool is_half_open(const Line& forward, const Line& reply) {
  if (forward.key.protocol() != Protocol::tcp) return reply.packets == 0;
  return (reply.tcp() & tcp_syn) == 0 || (forward.tcp() & tcp_ack) == 0;
}

Ticks timeout_of(const Line& forward, const Line& reply, const network::Settings& network) {
  const auto ticks = [](network::Settings::Seconds seconds) { return seconds * ticks_per_second; };
  switch (forward.key.protocol()) {
    case Protocol::tcp:
      return ticks(state_of(forward, reply) == State::established ? network.tcp_established_timeout
                                                                  : network.tcp_transitory_timeout);
    case Protocol::icmp:
      return ticks(network.icmp_timeout);
    default:
      return ticks(network.udp_timeout);
  }
}

}  // namespace viaduct::flow
