#include <cstring>

#include "services/guest/broker/request.h"

// The broker trusts nobody: what it takes is within its limits, and is written the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT
  using namespace viaduct::broker;  // NOLINT(google-build-using-namespace)
  const auto request = read_request({data, size});
  if (!request) return 0;
  const RequestMessage again = write_request(*request);
  const bool is_same = size == sizeof again && std::memcmp(&again, data, size) == 0;
  const bool leads_out = request->router.find('/') != std::string::npos ||
                         request->router.front() == '.' || request->count > most;
  if (!is_same || leads_out) __builtin_trap();
  return 0;
}
