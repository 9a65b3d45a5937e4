#pragma once

#include <optional>
#include <string_view>

namespace viaduct::bench {

// TSC cycles that VPP's graph took for a packet, from what `show runtime` says of it: those of all
// nodes, by the packets that the node `input` brought. Polls that found nothing are among that
// node's. Nothing if it brought none.
[[nodiscard]] std::optional<double> cycles_per_packet(std::string_view runtime,
                                                      std::string_view input);

}  // namespace viaduct::bench
