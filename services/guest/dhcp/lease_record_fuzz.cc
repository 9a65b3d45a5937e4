#include <cstddef>
#include <cstdint>

#include "services/guest/dhcp/lease_record.h"

// What is read as an entry is written as the same bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT
  using namespace viaduct::dhcp;
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  std::string_view left = bytes;
  while (!left.empty()) {
    const std::string_view before = left;
    const auto change = take_change(left);
    if (!change) {
      if (left != before) __builtin_trap();
      break;
    }
    std::string again;
    append_change(again, change->network, change->address,
                  change->lease ? &*change->lease : nullptr);
    if (again != before.substr(0, before.size() - left.size())) __builtin_trap();
  }
  return 0;
}
