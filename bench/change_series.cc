#include "bench/change_series.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "bench/statistics.h"

namespace viaduct::bench {

using api::Json;

namespace {

std::uint64_t sum_of(const std::vector<std::uint64_t>& values) {
  return std::accumulate(values.begin(), values.end(), std::uint64_t{0});
}

std::size_t times_with_loss(const std::vector<std::uint64_t>& losses) {
  return static_cast<std::size_t>(
      std::ranges::count_if(losses, [](std::uint64_t lost) { return lost != 0; }));
}

Json losses_as_json(const Losses& losses) {
  return {{"lost", sum_of(losses.lost)},
          {"times_with_loss", times_with_loss(losses.lost)},
          {"lost_to_machine", sum_of(losses.to_machine)},
          {"lost_since_followed",
           {{"packets", sum_of(losses.since_followed)},
            {"times", times_with_loss(losses.since_followed)},
            {"each", losses.since_followed}}},
          {"cycles_per_packet_thereafter", events_as_json(losses.cycles_per_packet)},
          {"lost_each", losses.lost},
          {"lost_to_machine_each", losses.to_machine}};
}

Json mean_difference(const std::vector<std::uint64_t>& changes,
                     const std::vector<std::uint64_t>& rehearsals) {
  std::vector<double> more(changes.size());
  std::ranges::transform(changes, rehearsals, more.begin(), [](auto change, auto rehearsal) {
    return static_cast<double>(change) - static_cast<double>(rehearsal);
  });
  const Mean mean = mean_of(more);
  return {{"mean", mean.mean}, {"low", mean.low}, {"high", mean.high}};
}

// Whoever took them.
std::vector<std::uint64_t> both_of(const Losses& losses) {
  std::vector<std::uint64_t> all = losses.lost;
  std::ranges::transform(all, losses.to_machine, all.begin(), std::plus{});
  return all;
}

}  // namespace

Json to_json(const ChangeSeries& series) {
  Json rehearsed = losses_as_json(series.rehearsed);
  rehearsed["total_us"] = events_as_json(series.rehearsals);
  Json json{{"name", series.name},
            {"times", series.lost.lost.size()},
            {"total_us", events_as_json(series.total)},
            {"rehearsed", std::move(rehearsed)},
            {"lost_more_than_rehearsed",
             mean_difference(both_of(series.lost), both_of(series.rehearsed))},
            {"lost_more_since_followed",
             mean_difference(series.lost.since_followed, series.rehearsed.since_followed)},
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
