#include "dataplane/egress/stage.h"

#include "dataplane/core/burst.h"
#include "dataplane/core/worker.h"

namespace viaduct::egress {
namespace {

void judge(Opening& opening, Worker& self) noexcept {
  const bool is_guest = opening.in->config->role == interface::Role::guest && !opening.from_host;
  if (!is_guest || opening.out == opening.in || opening.announced_by) return;
  TrafficFacts facts = opening.facts;
  facts.destination_port = opening.translated.destination.port;
  const auto verdict =
      opening.router->of<Table>().judge(*opening.in->config, opening.original.source.address,
                                        opening.translated.destination.address, facts);
  if (!self.is_explaining()) ++self.hits[verdict.rule];
  opening.tell(Stage::name, verdict.allowed ? "may leave its network" : "may not leave its network",
               verdict.rule);
  if (!verdict.allowed) return self.refuse(opening, Reason::denied_egress);
  opening.egress_drains = verdict.on_remove == OnRemove::drain;
}

}  // namespace

void Stage::run(Burst& burst, const Snapshot& /*now*/, Worker& self) noexcept {
  burst.each_opening([&](Opening& opening) { judge(opening, self); });
}

}  // namespace viaduct::egress
