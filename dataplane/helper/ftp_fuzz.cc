#include <cstddef>
#include <cstdint>
#include <string>

#include "dataplane/helper/ftp.h"

namespace {

using namespace viaduct;  // NOLINT(google-build-using-namespace)

// What is announced stands in the text, and means the same when it is written anew.
void check(std::string_view text, helper::ftp::Side side) {
  const auto said = helper::ftp::read(text, side);
  if (!said) return;
  if (said->begin >= said->end || said->end > text.size()) __builtin_trap();
  const Endpoint other{Address::v4(Be32::of(0xcb007102)), 65535};
  std::string changed{text};
  changed.replace(said->begin, said->end - said->begin, helper::ftp::Words{*said, other}.text());
  const auto again = helper::ftp::read(changed, side);
  if (!again || again->begin != said->begin || again->port != other.port ||
      again->form != said->form || again->address.has_value() != said->address.has_value() ||
      again->address.value_or(other.address) != other.address) {
    __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT
  const std::string text{data, data + size};
  check(text, helper::ftp::Side::client);
  check(text, helper::ftp::Side::server);
  return 0;
}
