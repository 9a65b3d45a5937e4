#include "bench/change_series.h"

#include "bench/statistics.h"

namespace viaduct::bench {

using api::Json;

Json to_json(const ChangeSeries& series) {
  return {{"name", series.name},
          {"times", series.total.size()},
          {"total_us", events_as_json(series.total)},
          {"lost", series.lost},
          {"lost_to_machine", series.lost_to_machine},
          {"effective_us", events_as_json(series.effective)},
          {"phases_us", phases_as_json(series)}};
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
