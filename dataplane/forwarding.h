#pragma once

#include <span>

#include "dataplane/core/pipeline.h"
#include "dataplane/egress/stage.h"
#include "dataplane/firewall/stage.h"
#include "dataplane/flow/stage.h"
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
                            flow::Guess,          //
                            route::Transit,       //
                            flow::Find,           //
                            parse::Admit,         //
                            route::CheckSource,   //
                            icmp::Related,        //
                            static_nat::Inward,   //
                            port_forward::Stage,  //
                            route::Lookup,        //
                            punt::Stage,          //
                            firewall::Stage,      //
                            icmp::Echo,           //
                            egress::Stage,        //
                            static_nat::Outward,  //
                            source_nat::Stage,    //
                            flow::Settle,         //
                            flow::Rewrite>;

// One burst, as a port gave it, through the path and out.
inline void forward(Worker& self, Burst& burst, const Snapshot& now,
                    std::span<rte_mbuf* const> frames) noexcept {
  self.totals.received += frames.size();
  burst.fill(frames);
  Forwarding::run(burst, now, self);
  self.flush();
}

}  // namespace viaduct
