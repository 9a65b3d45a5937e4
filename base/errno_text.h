#pragma once

#include <cerrno>
#include <cstring>
#include <string>

namespace viaduct {

// What errno says, in words.
inline std::string errno_text() {
  return strerror(errno);  // NOLINT(concurrency-mt-unsafe): it is safe in glibc since 2.32
}

}  // namespace viaduct
