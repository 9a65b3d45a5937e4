#include <algorithm>

#include "bench/report/path_plots.h"
#include "bench/report/words.h"

namespace viaduct::bench::report {
namespace {

std::vector<Cell> row_of(const PathRun& run, double most) {
  const Summary& cycles = run.cycles.summary;
  const Tone tone = run.cycles.is_quotable ? Tone::plain : Tone::warning;
  return {{run.case_name},
          {frame_words(run.frame)},
          {grouped(run.sessions)},
          {grouped(run.rules)},
          {std::to_string(run.workers)},
          {quoted(run.cycles), tone},
          {range_of(cycles)},
          {"", Tone::plain,
           range_strip({.y = cycles.median,
                        .low = cycles.p10,
                        .high = cycles.p90,
                        .is_firm = run.cycles.is_quotable},
                       most)},
          {quoted_rate(run.mpps, run.cycles), tone},
          verdict_on(run.cycles)};
}

Table headline_table(const std::vector<Run>& runs) {
  const auto paths = paths_in_order(runs);
  double most = 0;
  for (const auto& [run, path] : paths) most = std::max(most, path->cycles.summary.p90);
  Table table{.title = "Cycles per packet of established conversations",
              .columns = {{"case"},
                          {"frame"},
                          {"sessions", true},
                          {"rules", true},
                          {"workers", true},
                          {"cycles/packet", true},
                          {"p10–p90", true},
                          {"", false, true},
                          {"Mpps/worker", true},
                          {"figure"}},
              .rows = {},
              .is_wide = true};
  for (const auto& [run, path] : paths) table.rows.push_back(row_of(*path, most));
  return table;
}

}  // namespace

std::vector<Section> path_sections(const std::vector<Run>& runs) {
  if (of_kind<PathRun>(runs).empty()) return {};
  Section section{.title = "Packet path",
                  .lead =
                      "TSC cycles that a worker spends on a packet: the median of the "
                      "windows. Where the windows lie further apart than 10 % there is no "
                      "figure, only the range.",
                  .tables = {headline_table(runs)},
                  .plots = path_plots(runs)};
  section.plots.push_back({"Where the cycles go",
                           "Cycles/packet by stage, in the order of the path. What no stage "
                           "counts is outside: receiving, sending and the loop around them.",
                           stacked_bars(stage_bars(runs), "cycles/packet by stage", Width::full),
                           true});
  return {section};
}

}  // namespace viaduct::bench::report
