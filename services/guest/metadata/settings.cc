#include "services/guest/metadata/settings.h"

namespace viaduct::metadata {

Result<void> Guest::check() const {
  if (address.is_unicast()) return {};
  return fail(Fault::invalid, "/address", to_string(address) + " is no station's");
}

}  // namespace viaduct::metadata

VIADUCT_DEFINE_RESOURCE(viaduct::metadata::Settings);
VIADUCT_DEFINE_RESOURCE(viaduct::metadata::Guest);
