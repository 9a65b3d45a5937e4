#include "bench/change_series.h"

#include <algorithm>
#include <numeric>

#include "bench/statistics.h"

namespace viaduct::bench {

using api::Json;

namespace {

std::uint64_t sum_of(const std::vector<std::uint64_t>& values) {
  return std::accumulate(values.begin(), values.end(), std::uint64_t{0});
}

Json losses_as_json(const Losses& losses) {
  return {{"lost", sum_of(losses.lost)},
          {"times_with_loss",
           std::ranges::count_if(losses.lost, [](std::uint64_t lost) { return lost != 0; })},
          {"lost_to_machine", sum_of(losses.to_machine)},
          {"cycles_per_packet_thereafter", events_as_json(losses.cycles_per_packet)},
          {"lost_each", losses.lost},
          {"lost_to_machine_each", losses.to_machine}};
}

// Whoever is to blame for them.
Json more_than_rehearsed(const ChangeSeries& series) {
  std::vector<double> more(series.lost.lost.size());
  const auto all = [](const Losses& losses, std::size_t i) {
    return static_cast<double>(losses.lost[i] + losses.to_machine[i]);
  };
  for (std::size_t i = 0; i < more.size(); ++i) {
    more[i] = all(series.lost, i) - all(series.rehearsed, i);
  }
  const Mean mean = mean_of(more);
  return {{"mean", mean.mean}, {"low", mean.low}, {"high", mean.high}};
}

}  // namespace

Json to_json(const ChangeSeries& series) {
  Json rehearsed = losses_as_json(series.rehearsed);
  rehearsed["total_us"] = events_as_json(series.rehearsals);
  Json json{{"name", series.name},
            {"times", series.lost.lost.size()},
            {"total_us", events_as_json(series.total)},
            {"rehearsed", std::move(rehearsed)},
            {"lost_more_than_rehearsed", more_than_rehearsed(series)},
            {"effective_us", events_as_json(series.effective)},
            {"follow_us", events_as_json(series.followed)},
            {"phases_us", phases_as_json(series)}};
  json.update(losses_as_json(series.lost));
  return json;
}

Json phases_as_json(const ChangeSeries& series) {
  Json phases = Json::object();
  for (const auto* name : {"validate", "plan", "journal", "send", "compile", "remember", "swap"}) {
    phases[name] = events_as_json(series.phases.at(name));
  }
  return phases;
}

Json events_as_json(const std::vector<double>& times) {
  const Summary summary = summarize(times);
  return {
      {"median", summary.median}, {"p10", summary.p10}, {"p90", summary.p90}, {"events", times}};
}

}  // namespace viaduct::bench
