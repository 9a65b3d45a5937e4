#include "dataplane/static_nat/stage.h"

#include "dataplane/core/burst.h"
#include "dataplane/core/worker.h"

namespace viaduct::static_nat {
namespace {

void settle_rule(Opening& opening, const Table::Mapping& mapping, Worker& self) noexcept {
  opening.nat_drains = mapping.on_remove == OnRemove::drain;
  if (!self.is_explaining()) ++self.hits[mapping.rule];
}

// Outside, a guest is its public address; to guests of its own network whom it meets by a public
// endpoint, if they are to see that of each other (RFC 4787 REQ-9).
bool is_seen_as_outside(const Opening& opening) noexcept {
  if (opening.from_host || opening.out == nullptr) return false;
  if (opening.out->config->role == interface::Role::external) return true;
  return opening.out == opening.in && opening.destination_translated &&
         opening.in->config->network.hairpin_source == network::Hairpin::public_endpoint;
}

}  // namespace

void Inward::run(Burst& burst, const Snapshot& /*now*/, Worker& self) noexcept {
  burst.each_opening([&](Opening& opening) {
    Endpoint& destination = opening.translated.destination;
    const auto* mapping = opening.router->of<Table>().inward(destination.address);
    if (mapping == nullptr) return;
    destination.address = mapping->address;
    opening.destination_translated = true;
    settle_rule(opening, *mapping, self);
    opening.tell(name, "destination becomes", mapping->rule, destination);
  });
}

void Outward::run(Burst& burst, const Snapshot& /*now*/, Worker& self) noexcept {
  burst.each_opening([&](Opening& opening) {
    if (!is_seen_as_outside(opening)) return;
    Endpoint& source = opening.translated.source;
    const auto* mapping = opening.router->of<Table>().outward(source.address);
    if (mapping == nullptr) return;
    source.address = mapping->address;
    opening.source_translated = true;
    settle_rule(opening, *mapping, self);
    opening.tell(name, "source becomes", mapping->rule, source);
  });
}

}  // namespace viaduct::static_nat
