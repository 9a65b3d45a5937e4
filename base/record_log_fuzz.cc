#include "base/record_log.h"

// Whatever the file holds, its records lie in it one after the other, and what is read of them
// alone is the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const auto records = viaduct::read_records(bytes);
  if (records.size > size) __builtin_trap();
  std::size_t sum = records.size == 0 ? 0 : 4;
  for (const std::string_view record : records.whole) sum += 8 + record.size();
  if (sum != records.size) __builtin_trap();
  const auto again = viaduct::read_records(bytes.substr(0, records.size));
  if (again.whole != records.whole) __builtin_trap();
  return 0;
}
