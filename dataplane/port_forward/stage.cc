#include "dataplane/port_forward/stage.h"

#include "dataplane/core/burst.h"
#include "dataplane/core/worker.h"
#include "dataplane/model/traffic.h"

namespace viaduct::port_forward {

void Stage::run(Burst& burst, const Snapshot& /*now*/, Worker& self) noexcept {
  burst.each_opening([&](Opening& opening) {
    if (opening.destination_translated) return;
    const auto& original = opening.original;
    const auto* forward = opening.router->of<Table>().find(original.protocol, original.destination);
    if (forward == nullptr) return;
    if (!is_listed(forward->sources, original.source.address)) {
      opening.tell(name, "is not for this source");
      return;
    }
    opening.translated.destination = forward->target_of(original.destination.port);
    opening.destination_translated = true;
    opening.forward = forward->rule;
    opening.nat_drains = forward->on_remove == OnRemove::drain;
    if (!self.is_explaining()) ++self.hits[forward->rule];
    opening.tell(name, "destination becomes", forward->rule, opening.translated.destination);
  });
}

}  // namespace viaduct::port_forward
