#pragma once

#include <optional>
#include <string_view>

#include "bench/peers/peer.h"

namespace viaduct::bench {

// What VPP's graph took for a packet, from what `show runtime` says of it: the cycles of all nodes,
// by the packets that the node `input` brought. Its driver is that node, whose polls that found
// nothing count too, and all whose names end with "-tx". Nothing if it brought no packet.
[[nodiscard]] std::optional<PacketCycles> cycles_in(std::string_view runtime,
                                                    std::string_view input);

}  // namespace viaduct::bench
