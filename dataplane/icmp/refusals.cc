#include "dataplane/icmp/refusals.h"

#include "dataplane/core/worker.h"
#include "dataplane/icmp/errors.h"

namespace viaduct::icmp {
namespace {

constexpr flow::Ticks patience = 6 * flow::ticks_per_second;

}  // namespace

bool Refusals::hold(Packet& packet, Worker& self) noexcept {
  if (held() == most) return false;
  Refusal& refusal = all_[newest_++ % most];
  refusal = {packet, packet.in->slot(), self.now()};
  packet.mbuf = nullptr;
  return true;
}

void Refusals::settle(Refusal& refusal, Worker& self) noexcept {
  Packet& packet = refusal.packet;
  // The generation that it came in may be gone.
  packet.in = self.interface(refusal.interface);
  const bool was_opened = self.sessions.find(packet.key) != flow::none;
  if (packet.in == nullptr || was_opened) return self.drop(packet, Reason::denied_inbound);
  port_unreachable(self, packet);
}

void Refusals::tick(Worker& self) noexcept {
  while (held() != 0 && self.now() - all_[oldest_ % most].since >= patience) {
    settle(all_[oldest_++ % most], self);
  }
}

}  // namespace viaduct::icmp
