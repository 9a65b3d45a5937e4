#pragma once

#include <array>
#include <span>

#include "dataplane/core/pipeline.h"
#include "dataplane/egress/stage.h"
#include "dataplane/exchange/stage.h"
#include "dataplane/firewall/stage.h"
#include "dataplane/flow/stage.h"
#include "dataplane/helper/stage.h"
#include "dataplane/icmp/stage.h"
#include "dataplane/parse/stage.h"
#include "dataplane/port_forward/stage.h"
#include "dataplane/punt/stage.h"
#include "dataplane/route/stage.h"
#include "dataplane/source_nat/stage.h"
#include "dataplane/static_nat/stage.h"

namespace viaduct {

// The packet path, on one screen. The order here is the order a packet meets. Packets in
// transit end at route::Transit; those of sessions that stand pass from flow::Find to
// flow::Rewrite; what lies between decides once per session.
using Forwarding = Pipeline<parse::Stage,         //
                            flow::Prefetch,       //
                            route::Transit,       //
                            flow::Guess,          //
                            flow::Find,           //
                            exchange::Stage,      //
                            parse::Admit,         //
                            route::CheckSource,   //
                            icmp::Related,        //
                            static_nat::Inward,   //
                            helper::Stage,        //
                            port_forward::Stage,  //
                            source_nat::Inward,   //
                            route::Lookup,        //
                            punt::Stage,          //
                            firewall::Stage,      //
                            icmp::Echo,           //
                            egress::Stage,        //
                            static_nat::Outward,  //
                            source_nat::Stage,    //
                            flow::Settle,         //
                            flow::Rewrite>;

// One burst, as a port or another worker gave it, through the path and out; then the fragments
// whose ports became known meanwhile.
inline void forward(Worker& self, Burst& burst, const Snapshot& now,
                    std::span<rte_mbuf* const> frames, CameBy way = CameBy::wire) noexcept {
  self.sessions.recycle();
  (way == CameBy::wire ? self.totals.received : self.totals.taken_over) += frames.size();
  if (self.frame_check().awaits_arrivals()) [[unlikely]] {
    for (rte_mbuf* frame : frames) self.frame_check().look_at_arrival(*frame);
  }
  while (!frames.empty()) {
    burst.fill(frames, way);
    Forwarding::run(burst, now, self);
    frames = self.fragments.take_ready(Burst::capacity);
    way = CameBy::fragment_table;
  }
  self.flush();
}

// What the other workers have for this one, of each as much as a burst holds. Tells how many
// packets that were.
inline std::size_t forward_handed_over(Worker& self, Burst& burst, const Snapshot& now) noexcept {
  if (self.exchange == nullptr) return 0;
  std::size_t all = 0;
  std::array<rte_mbuf*, Burst::capacity> frames;
  for (std::size_t other = 0; other < self.exchange->workers(); ++other) {
    if (other == self.index) continue;
    const auto from = static_cast<exchange::WorkerIndex>(other);
    const auto count = self.exchange->take(from, self.index, frames.data(), Burst::capacity);
    if (count != 0) forward(self, burst, now, {frames.data(), count}, CameBy::hand_over);
    all += count;
  }
  return all;
}

}  // namespace viaduct
