#include "dataplane/parse/transport.h"

#include "dataplane/flow/enhanced_gre.h"

namespace viaduct::parse {

Ports read_gre(const Packet& packet, std::uint32_t length) noexcept {
  if (!packet.in->knows_calls() || packet.from_host) return Ports{0};
  const auto* gre = flow::enhanced_gre(packet.at(packet.l4), length);
  if (gre == nullptr) return Ports{0};
  const struct {
    Be16 source;
    Be16 destination;
  } ports{{}, gre->call};
  return Ports{ports_at(&ports)};
}

}  // namespace viaduct::parse
