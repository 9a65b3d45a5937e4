#include <cstddef>
#include <cstdint>
#include <string>

#include "dataplane/helper/tftp.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT
  const std::string datagram{data, data + size};
  // What follows a request is options, which do not unmake it (RFC 2347).
  if (viaduct::helper::tftp::asks_for_transfer(datagram) &&
      !viaduct::helper::tftp::asks_for_transfer(datagram + "blksize")) {
    __builtin_trap();
  }
  return 0;
}
