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

  // Walks one burst through all stages and counts what each takes.
  static void run(Burst& burst, const Snapshot& now, Worker& self) noexcept {
    std::size_t index = 0;
    std::uint64_t before = rte_rdtsc();
    const auto step = [&]<class Stage>() {
      StageCounters& counters = self.stages[index++];
      if constexpr (Stage::judges_openings) {
        if (burst.openings() == 0) return;
      }
      if (self.is_explaining()) return explain<Stage>(burst, now, self);
      Stage::run(burst, now, self);
      const std::uint64_t after = rte_rdtsc();
      counters.packets += Stage::judges_openings ? burst.openings() : burst.size();
      counters.cycles += after - before;
      before = after;
    };
    (step.template operator()<Stages>(), ...);
  }

 private:
  // A stage that drops the packet says why, if only in the reason's words.
  template <class Stage>
  static void explain(Burst& burst, const Snapshot& now, Worker& self) noexcept {
    Trace& trace = *self.trace();
    const std::size_t said = trace.steps().size();
    const Fate before = trace.fate;
    Stage::run(burst, now, self);
    if (before != Fate::dropped && trace.fate == Fate::dropped && trace.steps().size() == said) {
      trace.add({Stage::name, facts(*trace.reason).meaning, std::nullopt, 0});
    }
  }
};

}  // namespace viaduct
