#include "dataplane/core/invariants.h"

#include <algorithm>

namespace viaduct {

void SessionCheck::look(flow::Table& sessions) noexcept {
  const flow::SessionId end = sessions.high_water();
  if (next_ >= end) next_ = 0;
  const flow::SessionId stop = std::min(end, next_ + at_a_time);
  for (; next_ < stop; ++next_) {
    if (!sessions.is_live(next_)) continue;
    const flow::Line& forward = sessions.forward(next_);
    const flow::Line& reply = sessions.reply(next_);
    for (const flow::Line* line : {&forward, &reply}) {
      if (sessions.find(line->key) != sessions.id_of(*line)) ++shared_endpoints_;
    }
    if (forward.key.router() != reply.key.router()) ++crossed_routers_;
  }
}

}  // namespace viaduct
