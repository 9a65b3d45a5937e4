#include "services/guest/password/settings.h"

namespace viaduct::password {

Result<void> Password::check() const {
  if (address.is_unicast()) return {};
  return fail(Fault::invalid, "/address", to_string(address) + " is no station's");
}

}  // namespace viaduct::password

VIADUCT_DEFINE_RESOURCE(viaduct::password::Settings);
VIADUCT_DEFINE_RESOURCE(viaduct::password::Password);
