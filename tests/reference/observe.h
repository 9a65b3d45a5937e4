#pragma once

#include <string_view>
#include <vector>

#include "tests/reference/packet.h"
#include "tests/world.h"

// The two other witnesses: explain, and the packet path itself.
namespace viaduct::test::reference {

struct Foretold {
  Verdict verdict;
  // The source that source NAT chose.
  std::optional<Endpoint> chosen;
};
Foretold explain(World& world, const Packet& packet);
// The same if `router` were what is configured.
Verdict explain_under(World& world, const std::string& router, const Packet& packet);

// The reason of a packet that waits for its next hop's answer to ARP.
inline constexpr std::string_view held = "held";

// Sends the packet, and says what became of it. What makes no sense is a reason that nothing is
// dropped for.
Verdict send(World& world, const Packet& packet);

// Lets time pass, and says what became of the refusals that were due.
std::vector<Verdict> wait(World& world, unsigned seconds);

}  // namespace viaduct::test::reference
