#include "bench/change_series.h"

#include <algorithm>
#include <numeric>

#include "bench/statistics.h"

namespace viaduct::bench {

using api::Json;

namespace {

Json losses_as_json(const Losses& losses) {
  return {{"lost", std::accumulate(losses.each.begin(), losses.each.end(), std::uint64_t{0})},
          {"times_with_loss",
           std::ranges::count_if(losses.each, [](std::uint64_t lost) { return lost != 0; })},
          {"lost_each", losses.each},
          {"lost_to_machine", losses.to_machine}};
}

}  // namespace

Json to_json(const ChangeSeries& series) {
  Json json{{"name", series.name},
            {"times", series.total.size()},
            {"total_us", events_as_json(series.total)},
            {"rehearsed", losses_as_json(series.rehearsed)},
            {"effective_us", events_as_json(series.effective)},
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
