#pragma once

#include <rte_cycles.h>

#include <array>
#include <string_view>
#include <tuple>
#include <utility>

#include "dataplane/core/worker.h"

namespace viaduct {

// A straight line of stages. A stage is a struct with
//   name                          as `explain`, counters and benchmarks know it
//   judges_openings               true: it only looks at packets that policy must judge
//   runs_ahead                    if it is there: it asks memory for what those after it need
//   run(burst, now, self)         noexcept; what it lets leave is gone from the burst afterwards
//
// From the stage that runs ahead on, a burst goes group by group, and that stage is one group
// ahead of the others: memory answers for the next group while they work on this one.
template <class... Stages>
struct Pipeline {
  static constexpr std::array<std::string_view, sizeof...(Stages)> names{Stages::name...};

  // Walks one burst through all stages.
  static void run(Burst& burst, const Snapshot& now, Worker& self) noexcept {
    if (self.is_explaining()) {
      return walk(burst, [&]<std::size_t i>() { explain<Stage<i>>(burst, now, self); });
    }
    if (self.measures_this_burst()) return measure(burst, now, self);
    walk(burst, [&]<std::size_t i>() { step<Stage<i>>(burst, now, self); });
  }

 private:
  template <std::size_t i>
  using Stage = std::tuple_element_t<i, std::tuple<Stages...>>;
  static constexpr std::size_t all = sizeof...(Stages);
  // The number of the stage that runs ahead.
  static constexpr std::size_t ahead = [] {
    std::size_t found = all;
    std::size_t i = 0;
    ((
         found = requires { Stages::runs_ahead; } ? i : found, ++i),
     ...);
    return found;
  }();
  static_assert(ahead < all);

  // Calls step<i>() for the stages from `first` on, before `end`.
  template <std::size_t first, std::size_t end>
  static void each_stage(auto& step) noexcept {
    [&]<std::size_t... i>(std::index_sequence<i...>) {
      (step.template operator()<first + i>(), ...);
    }
    (std::make_index_sequence<end - first>{});
  }
  // Calls step<i>() for the stages as they are to work on the packets that are selected.
  static void walk(Burst& burst, auto step) noexcept {
    each_stage<0, ahead>(step);
    const std::size_t groups = burst.groups();
    burst.select(0);
    each_stage<ahead, ahead + 1>(step);
    for (std::size_t group = 0; group < groups; ++group) {
      if (group + 1 < groups) {
        burst.select(group + 1);
        each_stage<ahead, ahead + 1>(step);
      }
      burst.select(group);
      each_stage<ahead + 1, all>(step);
    }
  }

  // False if the stage had nothing to do.
  template <class Stage>
  static bool step(Burst& burst, const Snapshot& now, Worker& self) noexcept {
    if constexpr (Stage::judges_openings) {
      if (burst.openings() == 0) return false;
    }
    Stage::run(burst, now, self);
    return true;
  }

  // The same, and counts what each stage takes; and looks whether one generation judged it all.
  static void measure(Burst& burst, const Snapshot& now, Worker& self) noexcept {
    const std::uint32_t epoch = self.epoch();
    const bool began_well = self.follows(now);
    std::uint64_t before = rte_rdtsc();
    walk(burst, [&]<std::size_t i>() {
      StageCounters& counters = self.stages[i];
      const std::size_t came = burst.size();
      if (!step<Stage<i>>(burst, now, self)) return;
      const std::uint64_t after = rte_rdtsc();
      counters.packets += Stage<i>::judges_openings ? burst.openings() : came;
      counters.cycles += after - before;
      before = after;
    });
    const bool is_one = began_well && self.follows(now) && self.epoch() == epoch;
    if (!is_one) self.note_mixed_burst();
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
