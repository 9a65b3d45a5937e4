#pragma once

#include <cstdint>
#include <vector>

#include "bench/cases.h"

namespace viaduct::bench {

struct ReconfigureOptions;

// What a router is told in each round: rules and forwards that differ from those of all others.
[[nodiscard]] Document document_of_round(const Case& measured, const ReconfigureOptions& wanted,
                                         std::uint32_t round);

// The n-th port forward, as it is in a round.
[[nodiscard]] port_forward::Rule forward_of_round(std::uint32_t n, std::uint32_t round);

// Packets from outside that tell whether a configuration is followed as a whole: of a forward and
// the rule that opens it, each is in every round for the other half of all strangers, so that a
// packet which meets the one of this round and the other of another does not come through, or comes
// through and should not.
struct Probe {
  std::vector<Tuple> sent;  // one from either half; `source_port` is that of both
  Tuple leaves;             // what has to become of them in the round
};
[[nodiscard]] Probe probe_of_round(std::uint32_t round, std::uint16_t source_port);

}  // namespace viaduct::bench
