#pragma once

#include <rte_cycles.h>

#include <array>
#include <string_view>
#include <utility>

#include "dataplane/core/worker.h"

namespace viaduct {

// A straight line of stages. A stage is a struct with
//   name                          as `explain`, counters and benchmarks know it
//   judges_openings               true: it only looks at packets that policy must judge
//   run(burst, now, self)         noexcept; what it lets leave is gone from the burst afterwards
template <class... Stages>
struct Pipeline {
  static constexpr std::array<std::string_view, sizeof...(Stages)> names{Stages::name...};

  // Walks one burst through all stages.
  static void run(Burst& burst, const Snapshot& now, Worker& self) noexcept {
    if (self.is_explaining()) return (explain<Stages>(burst, now, self), ...);
    if (self.measures_this_burst()) return measure(burst, now, self);
    (step<Stages>(burst, now, self), ...);
  }

 private:
  // False if the stage had nothing to do.
  template <class Stage>
  static bool step(Burst& burst, const Snapshot& now, Worker& self) noexcept {
    if constexpr (Stage::judges_openings) {
      if (burst.openings() == 0) return false;
    }
    Stage::run(burst, now, self);
    return true;
  }

  // The same, and counts what each stage takes.
  static void measure(Burst& burst, const Snapshot& now, Worker& self) noexcept {
    std::size_t index = 0;
    std::uint64_t before = rte_rdtsc();
    const auto count = [&](StageCounters& counters, std::size_t packets) {
      const std::uint64_t after = rte_rdtsc();
      counters.packets += packets;
      counters.cycles += after - before;
      before = after;
    };
    const auto walk = [&]<class Stage>() {
      StageCounters& counters = self.stages[index++];
      if (!step<Stage>(burst, now, self)) return;
      count(counters, Stage::judges_openings ? burst.openings() : burst.size());
    };
    (walk.template operator()<Stages>(), ...);
  }

  // A stage that drops the packet says why, if only in the reason's words.
  template <class Stage>
  static void explain(Burst& burst, const Snapshot& now, Worker& self) noexcept {
    Trace& trace = *self.trace();
    const std::size_t said = trace.steps().size();
    const Fate before = trace.fate;
    if (!step<Stage>(burst, now, self)) return;
    if (before != Fate::dropped && trace.fate == Fate::dropped && trace.steps().size() == said) {
      trace.add({Stage::name, facts(*trace.reason).meaning, std::nullopt, 0});
    }
  }
};

}  // namespace viaduct
