#include "dataplane/network/network.h"

#include <bit>

namespace viaduct::network {

Result<void> Settings::check() const {
  constexpr std::uint16_t smallest_block = 64;
  const std::uint16_t block = port_block;
  if (block != 0 && (block < smallest_block || !std::has_single_bit(block))) {
    return fail(Fault::invalid, "/port_block",
                std::to_string(block) + " is neither 0 nor a power of two from 64 on");
  }
  return {};
}

}  // namespace viaduct::network

VIADUCT_DEFINE_RESOURCE(viaduct::network::Settings);
