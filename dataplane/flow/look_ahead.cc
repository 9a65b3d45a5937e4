#include "dataplane/core/burst.h"
#include "dataplane/core/worker.h"
#include "dataplane/flow/stage.h"

// The stages that ask memory for what packets will need. Their loops are short on purpose: a
// processor looks only some hundred instructions ahead, and every page walk holds up what comes
// after it. As part of the parser's loop they cost half as much again.
namespace viaduct::flow {

void Prefetch::run(Burst& burst, const Snapshot& now, Worker& self) noexcept {
  const bool has_transit = now.has_transit();
  burst.each([&](Packet& packet) {
    if (has_transit && packet.is_in_transit()) {
      packet.hash = self.next_hops.hash(packet.in->router_slot(), packet.key.destination);
      return self.next_hops.prefetch(packet.hash);
    }
    packet.hash = self.sessions.hash(packet.key);
    self.sessions.prefetch_bucket(packet.hash);
  });
}

void Guess::run(Burst& burst, const Snapshot& /*now*/, Worker& self) noexcept {
  std::array<Packet*, Burst::capacity> displaced;
  std::size_t displaced_count = 0;
  burst.each([&](Packet& packet) {
    packet.line = self.sessions.candidate(packet.hash);
    if (packet.line == nullptr && self.sessions.prefetch_other_bucket(packet.hash)) {
      displaced[displaced_count++] = &packet;
    }
  });
  for (std::size_t i = 0; i < displaced_count; ++i) {
    displaced[i]->line = self.sessions.other_candidate(displaced[i]->hash);
  }
}

}  // namespace viaduct::flow
