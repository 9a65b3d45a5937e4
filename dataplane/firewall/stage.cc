#include "dataplane/firewall/stage.h"

#include "dataplane/core/burst.h"
#include "dataplane/core/worker.h"

namespace viaduct::firewall {
namespace {

bool is_inbound(const Opening& opening) noexcept {
  if (opening.from_host) return false;
  if (opening.in->config->is_outside()) return true;
  const Address& destination = opening.original.destination.address;
  if (!opening.router->compiled->owns(destination)) return false;
  const auto* on = opening.router->compiled->interfaces->on_link(destination);
  return on != nullptr && on->is_outside();
}

// Whether somebody asks for a connection by an interface that answers refusals.
bool is_to_be_told(const Opening& opening) noexcept {
  return opening.revived == nullptr && opening.original.protocol == Protocol::tcp &&
         opening.begins_session && !opening.packet->is_fragment &&
         opening.in->config->unsolicited == interface::Unsolicited::reject;
}

void judge(Opening& opening, Worker& self) noexcept {
  if (!is_inbound(opening) || opening.is_awaited || opening.announced_by) return;
  const auto* rule = opening.router->of<Table>().find(
      opening.original.source.address, opening.original.destination.address, opening.facts);
  if (rule == nullptr) {
    opening.tell(Stage::name, "no rule opens this");
    if (is_to_be_told(opening) && !self.is_explaining() &&
        self.refusals.hold(*opening.packet, self)) {
      return;
    }
    return self.refuse(opening, Reason::denied_inbound);
  }
  opening.firewall_rule = rule->rule;
  opening.firewall_drains = rule->on_remove == OnRemove::drain;
  if (!self.is_explaining()) ++self.hits[rule->rule];
  opening.tell(Stage::name, "is let in", rule->rule);
}

}  // namespace

void Stage::run(Burst& burst, const Snapshot& /*now*/, Worker& self) noexcept {
  burst.each_opening([&](Opening& opening) { judge(opening, self); });
}

}  // namespace viaduct::firewall
