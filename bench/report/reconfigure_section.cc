#include <fmt/format.h>

#include <cmath>

#include "bench/report/section.h"
#include "bench/report/svg.h"
#include "bench/report/words.h"

namespace viaduct::bench::report {
namespace {

std::string milliseconds(double microseconds) {
  return rounded(microseconds / 1000);
}

std::vector<Cell> time_cells(const Summary& time) {
  return {{milliseconds(time.median)}, {milliseconds(time.p10)}, {milliseconds(time.p90)}};
}

std::vector<Cell> row_of(std::vector<Cell> first, const Summary& time) {
  for (Cell& cell : time_cells(time)) first.push_back(std::move(cell));
  return first;
}

void add_losses(std::vector<Cell>& row, const ReconfigureRun::Losses& losses) {
  row.push_back({grouped(losses.packets), losses.packets == 0 ? Tone::good : Tone::warning});
  row.push_back({grouped(losses.times)});
  row.push_back({grouped(losses.to_machine)});
}

std::string mean_and_range(const Mean& mean) {
  return fmt::format("{} ({} to {})", std::lround(mean.mean), std::lround(mean.low),
                     std::lround(mean.high));
}

Table changes_table(const ReconfigureRun& run) {
  Table table{.title = "Changes, asked for until applied",
              .columns = {{"change"},
                          {"times", true},
                          {"median ms", true},
                          {"p10", true},
                          {"p90", true},
                          {"packets lost more than rehearsed, each", true}},
              .rows = {},
              .is_wide = true};
  for (const auto& change : run.changes) {
    auto row = row_of({{change.name}, {grouped(change.times)}}, change.total);
    row.push_back({mean_and_range(change.more)});
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table losses_table(const ReconfigureRun& run) {
  Table table{.title = "Packets lost, and by the same work without effect (rehearsed)",
              .columns = {{"change"},
                          {"packets lost", true},
                          {"in so many of them", true},
                          {"while the machine was away", true}},
              .rows = {},
              .is_wide = true};
  for (const auto& change : run.changes) {
    add_losses(table.rows.emplace_back(std::vector<Cell>{{change.name}}), change.lost);
    add_losses(table.rows.emplace_back(std::vector<Cell>{{change.name + ", rehearsed"}}),
               change.rehearsed);
  }
  return table;
}

Table follow_table(const ReconfigureRun& run) {
  Table table{.title = "What following takes the worker",
              .columns = {{"change"},
                          {"beginning with it, median us", true},
                          {"p10", true},
                          {"p90", true},
                          {"cycles/packet until each session has spoken", true},
                          {"cycles/packet after the rehearsal", true},
                          {"packets lost meanwhile", true},
                          {"lost after the rehearsal", true},
                          {"more than rehearsed, each", true}},
              .rows = {},
              .is_wide = true};
  for (const auto& change : run.changes) {
    table.rows.push_back({{change.name},
                          {rounded(change.follow.median)},
                          {rounded(change.follow.p10)},
                          {rounded(change.follow.p90)},
                          {rounded(change.lost.cycles_per_packet.median)},
                          {rounded(change.rehearsed.cycles_per_packet.median)},
                          {grouped(change.lost.since_followed)},
                          {grouped(change.rehearsed.since_followed)},
                          {mean_and_range(change.more_since_followed)}});
  }
  return table;
}

Table phases_table(const ReconfigureRun& run) {
  Table table{.title = "Phases of a change",
              .columns = {{"phase"}, {"median ms", true}, {"p10", true}, {"p90", true}},
              .rows = {}};
  for (const auto& phase : run.phases) {
    table.rows.push_back(row_of({{phase.name}}, phase.time));
  }
  table.rows.push_back(row_of({{"acknowledged until effective"}}, run.effective));
  return table;
}

Plot phases_plot(const ReconfigureRun& run) {
  Bar phases{.label = "one change", .detail = "median, ms", .segments = {}, .total = {}};
  double whole = 0;
  for (const auto& phase : run.phases) {
    phases.segments.push_back({phase.name, phase.time.median / 1000});
    whole += phase.time.median;
  }
  phases.total = milliseconds(whole) + " ms";
  return {"Where the time goes", "Medians of the phases, one after the other, in milliseconds.",
          stacked_bars({phases}, "milliseconds by phase")};
}

}  // namespace

std::vector<Section> reconfigure_sections(const std::vector<Run>& runs) {
  std::vector<Section> sections;
  for (const auto& [run, changed] : of_kind<ReconfigureRun>(runs)) {
    sections.push_back({.title = "Reconfiguration",
                        .lead = "Changes while packets flow: " + grouped(changed->lost) +
                                " packets lost, and " + grouped(changed->lost_to_machine) +
                                " while the machine was away (" + run->file + ").",
                        .tables = {changes_table(*changed), losses_table(*changed),
                                   follow_table(*changed), phases_table(*changed)},
                        .plots = {phases_plot(*changed)}});
  }
  return sections;
}

}  // namespace viaduct::bench::report
