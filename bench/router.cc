#include "bench/router.h"

#include "bench/cases.h"
#include "dataplane/core/usage.h"

namespace viaduct::bench {

std::unique_ptr<Snapshot> take_snapshot(const Configuration& configuration,
                                        const RouterPorts& ports, std::uint32_t generation,
                                        const Snapshot* before) {
  UsageIndex used = 0;
  return std::make_unique<Snapshot>(
      generation, configuration,
      [&](const auto& /*router*/, const interface::Compiled& interface) {
        return Snapshot::Attachment{interface.port == Case::lan ? ports.lan : ports.wan, false};
      },
      [&](const auto& /*router*/, const Address& /*address*/) {
        return static_cast<UsageIndex>(used + 1U < usage::File::most ? ++used : 0);
      },
      before);
}

const InterfaceView& interface_of(const Snapshot& snapshot, bool to_guests) {
  const RouterView& router = *snapshot.routers().front();
  return router.view_of(*router.compiled->interfaces->find(to_guests ? Case::guest_interface
                                                                     : Case::public_interface));
}

}  // namespace viaduct::bench
