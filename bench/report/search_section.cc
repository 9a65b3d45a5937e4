#include <algorithm>

#include "bench/report/section.h"
#include "bench/report/svg.h"
#include "bench/report/words.h"

namespace viaduct::bench::report {
namespace {

double loss_of(const SearchRun::Trial& trial) {
  return trial.sent == 0 ? 0 : static_cast<double>(trial.lost) / static_cast<double>(trial.sent);
}

std::vector<SearchRun::Trial> by_rate(const SearchRun& run) {
  auto trials = run.trials;
  std::ranges::stable_sort(trials, {}, &SearchRun::Trial::mpps);
  return trials;
}

Cell rate_cell(double mpps, bool is_quotable) {
  if (!is_quotable) return {"disturbed", Tone::warning};
  return {rounded(mpps)};
}

Table rates_table(const SearchRun& run) {
  return {.title = "Rates",
          .columns = {{"rate"}, {"Mpps", true}},
          .rows = {{{"NDR, nothing lost; the limit is the " + run.limit + "'s"},
                    rate_cell(run.ndr, run.is_ndr_quotable)},
                   {{"PDR, little lost"}, rate_cell(run.pdr, run.is_pdr_quotable)},
                   {{"flooded"}, {quoted(run.flooded)}}}};
}

Table trials_table(const SearchRun& run) {
  Table table{
      .title = "Trials",
      .columns = {{"Mpps", true}, {"sent", true}, {"lost", true}, {"lost per million", true}},
      .rows = {}};
  for (const auto& trial : by_rate(run)) {
    table.rows.push_back({{rounded(trial.mpps)},
                          {grouped(trial.sent)},
                          {grouped(trial.lost), trial.lost == 0 ? Tone::good : Tone::plain},
                          {rounded(1e6 * loss_of(trial))}});
  }
  return table;
}

Table latency_table(const SearchRun& run) {
  Table table{.title = "Latency, microseconds", .columns = {{"share of NDR"}}, .rows = {}};
  for (const Rank& rank : ranks) table.columns.push_back({std::string{rank.title}, true});
  for (const auto& latency : run.latencies) {
    auto& row = table.rows.emplace_back();
    row.push_back({latency.at});
    for (const double time : latency.by_rank) row.push_back({rounded(time)});
  }
  return table;
}

Plot trials_plot(const SearchRun& run) {
  Series trials{"trials", {}};
  std::vector<Tick> ticks;
  double most = 0;
  for (const auto& trial : by_rate(run)) {
    const double loss = 1e6 * loss_of(trial);
    most = std::max(most, loss);
    trials.points.push_back({.x = trial.mpps,
                             .y = loss,
                             .hint = rounded(trial.mpps) + " Mpps: " + grouped(trial.lost) +
                                     " of " + grouped(trial.sent) + " lost"});
    ticks.push_back({trial.mpps, rounded(trial.mpps)});
  }
  return {"Loss against rate", "One point for each trial.",
          line_plot(axis_through("Mpps offered", ticks, false),
                    axis_up_to("lost per million", most), {trials})};
}

Plot latency_plot(const SearchRun& run) {
  std::vector<Tick> ticks;
  ticks.reserve(ranks.size());
  for (const Rank& rank : ranks) {
    ticks.push_back({static_cast<double>(ticks.size()), std::string{rank.title}});
  }
  std::vector<Series> series;
  double least = 1e15;
  double most = 0.01;
  for (const auto& latency : run.latencies) {
    Series& line = series.emplace_back(Series{latency.at + " of NDR", {}});
    for (std::size_t i = 0; i < latency.by_rank.size(); ++i) {
      // A logarithmic axis has no place for less.
      const double time = std::max(latency.by_rank[i], 0.01);
      least = std::min(least, time);
      most = std::max(most, time);
      line.points.push_back({.x = static_cast<double>(i),
                             .y = time,
                             .hint = line.name + ", " + ticks[i].label + " of packets: " +
                                     rounded(latency.by_rank[i]) + " µs at most"});
    }
  }
  return {"Latency", "The time within which a share of the packets came through.",
          line_plot(axis_through("share of packets", ticks, false),
                    decades_around("µs", least, most), series)};
}

}  // namespace

std::vector<Section> search_sections(const std::vector<Run>& runs) {
  std::vector<Section> sections;
  for (const auto& [run, search] : of_kind<SearchRun>(runs)) {
    Section section{
        .title = "Rate search",
        .lead = "The greatest rates that pass, and how long packets take (" + run->file + ").",
        .tables = {rates_table(*search)},
        .plots = {}};
    if (!search->latencies.empty()) {
      section.tables.push_back(latency_table(*search));
      section.plots.push_back(latency_plot(*search));
    }
    if (!search->trials.empty()) {
      section.tables.push_back(trials_table(*search));
      section.plots.push_back(trials_plot(*search));
    }
    sections.push_back(std::move(section));
  }
  return sections;
}

}  // namespace viaduct::bench::report
