#include <cstddef>
#include <cstdint>

#include "base/net.h"

namespace {

// Whatever is accepted prints as something that means the same.
template <class Parse>
void check(Parse parse, std::string_view text) {
  const auto value = parse(text);
  if (!value) return;
  const auto again = parse(to_string(*value));
  if (!again || *again != *value) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT
  const std::string text{data, data + size};
  check(viaduct::parse_mac, text);
  check(viaduct::parse_address, text);
  check(viaduct::parse_prefix, text);
  check(viaduct::parse_interface_address, text);
  check(viaduct::parse_port_range, text);
  check(viaduct::parse_endpoint, text);
  check(viaduct::parse_endpoint_range, text);
  check(viaduct::parse_protocol, text);
  return 0;
}
