#pragma once

#include "dataplane/core/packet.h"
#include "dataplane/helper/adjustments.h"

namespace viaduct::helper {

// Gives a TCP packet the numbers that its receiver counts by: `sent` is how those of its own
// direction are shifted, `acknowledged` those of the other. Selective acknowledgements too (RFC
// 2018). Leaves the checksum as it is.
void shift_numbers(const Packet& packet, const Shift& sent, const Shift& acknowledged) noexcept;

}  // namespace viaduct::helper
