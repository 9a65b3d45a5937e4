#include "services/guest/password/settings.h"

#include "services/guest/password/check.h"

namespace viaduct::password {

Result<void> check(const Secret& secret) {
  constexpr std::string_view ends{"\0\r\n", 3};
  if (secret.text().find_first_of(ends) == std::string_view::npos) return {};
  return fail(Fault::invalid, "", "has a NUL byte or the end of a line in it");
}

Result<void> Password::check() const {
  if (!address.is_unicast()) {
    return fail(Fault::invalid, "/address", to_string(address) + " is no station's");
  }
  if (auto is_line = viaduct::password::check(password); !is_line) {
    return fail_within("/password", is_line.error());
  }
  return {};
}

}  // namespace viaduct::password

VIADUCT_DEFINE_RESOURCE(viaduct::password::Settings);
VIADUCT_DEFINE_RESOURCE(viaduct::password::Password);
