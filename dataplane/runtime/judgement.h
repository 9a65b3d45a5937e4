#pragma once

#include <memory>
#include <optional>

#include "dataplane/core/burst.h"
#include "dataplane/core/worker.h"

struct rte_mempool;

// What would become of packets, found out by the stages themselves. All of it is to be called on
// the worker, between two bursts.
namespace viaduct::runtime {

// Walks a burst of one frame through the stages without sending it. The frame stays the caller's.
// `as_new` has a live session judged again, as it would be in a candidate generation.
Trace walk(Worker& worker, const Snapshot& snapshot, Burst& burst, bool as_new);

// What would become of the next packet of who opened a live session, if the session were judged
// again in the generation of `snapshot`. Nothing if no buffer is free to try, or if it came in by
// an interface that is no more there, or whose port is missing.
struct Judgement {
  bool has_ingress = true;
  std::optional<Trace> trace;
};
Judgement judge_again(Worker& worker, const Snapshot& snapshot, flow::SessionId session,
                      rte_mempool* buffers, Burst& burst);

// Looks at a few sessions of one worker at a time, in a circle, and counts those that explain would
// have otherwise than the packet path has them.
class ExplainCheck {
 public:
  static constexpr flow::SessionId at_a_time = 8;

  void look(Worker& worker, const Snapshot& now, rte_mempool* buffers);
  [[nodiscard]] std::uint64_t disagreements() const noexcept { return disagreements_; }

 private:
  flow::SessionId next_ = 0;
  std::uint64_t disagreements_ = 0;
  std::unique_ptr<Burst> burst_ = std::make_unique<Burst>();
};

}  // namespace viaduct::runtime
