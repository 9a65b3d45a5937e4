#include "dataplane/source_nat/port_choice.h"

namespace viaduct::source_nat {
namespace {

// xorshift64: unpredictable enough together with a secret seed.
std::uint64_t draw(std::uint64_t& random) {
  random ^= random << 13;
  random ^= random >> 7;
  random ^= random << 17;
  return random;
}

}  // namespace

PortChoice::PortChoice(const Of& of, std::uint64_t& random) noexcept
    : of_(of),
      lowest_(lowest_port(of.protocol)),
      start_(static_cast<std::uint32_t>(lowest_ +
                                        (draw(random) >> 32) % (PublicPorts::count - lowest_))) {
  // RFC 4787 4.2.2 speaks of UDP.
  if (of.protocol == Protocol::udp && of.network.preserve_parity) {
    parity_ = of.guest.port % 2 == 0 ? Parity::even : Parity::odd;
  }
}

bool PortChoice::may_be(std::uint16_t port) const noexcept {
  return port >= lowest_ && !of_.ports.is_taken(of_.index, port) && !reserved(port) &&
         (of_.network.port_block.value == 0 ? !is_anothers(port) : is_own_block(port));
}

}  // namespace viaduct::source_nat
