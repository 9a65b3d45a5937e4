#include "services/guest/dns/random.h"

#include <sys/random.h>

#include <cstdlib>

namespace viaduct::dns {

void Random::from_kernel(std::span<std::uint8_t> bytes) {
  // So few bytes come whole. Without them, ids could be guessed: better no answers than forged
  // ones.
  const ssize_t got = getrandom(bytes.data(), bytes.size(), 0);
  if (got != static_cast<ssize_t>(bytes.size())) std::abort();
}

std::uint8_t Random::byte() {
  if (used_ == ahead_.size()) {
    source_(ahead_);
    used_ = 0;
  }
  return ahead_[used_++];
}

}  // namespace viaduct::dns
