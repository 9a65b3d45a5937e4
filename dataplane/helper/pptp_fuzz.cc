#include <cstddef>
#include <cstdint>
#include <string>

#include "dataplane/helper/pptp.h"

namespace {

using namespace viaduct::helper;  // NOLINT(google-build-using-namespace)

// A name stands behind the last one, within the segment, and is what stands there.
std::size_t check(const std::string& segment, const NumberAt& name, std::size_t after) {
  if (name.at.begin < after || name.at.end != name.at.begin + 2 || name.at.end > segment.size()) {
    __builtin_trap();
  }
  const auto byte = [&](std::size_t at) {
    return std::uint32_t{static_cast<std::uint8_t>(segment[at])};
  };
  if ((byte(name.at.begin) << 8 | byte(name.at.begin + 1)) != name.number) __builtin_trap();
  return name.at.end;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT
  const std::string segment{data, data + size};
  pptp::Messages messages{segment};
  std::size_t after = 0;
  while (const auto message = messages.next()) {
    if (message->call) after = check(segment, *message->call, after);
    if (message->peer_call) after = check(segment, *message->peer_call, after);
  }
  return 0;
}
