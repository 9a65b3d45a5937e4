#pragma once

#include <vector>

#include "bench/report/section.h"
#include "bench/report/svg.h"

namespace viaduct::bench::report {

// Cycles against sessions, rules and frame size: a line through runs that differ in nothing else.
[[nodiscard]] std::vector<Plot> path_plots(const std::vector<Run>& runs);

// What path_plots() draws, before it is drawn.
enum class Parameter : std::uint8_t { sessions, rules, frame };
[[nodiscard]] std::vector<Series> series_against(Parameter parameter, const std::vector<Run>& runs);

// By case, frame, rules, sessions and workers.
[[nodiscard]] std::vector<std::pair<const Run*, const PathRun*>> paths_in_order(
    const std::vector<Run>& runs);

// A bar for each run, its stages one after the other.
[[nodiscard]] std::vector<Bar> stage_bars(const std::vector<Run>& runs);

}  // namespace viaduct::bench::report
