#include "bench/report/section.h"
#include "bench/report/svg.h"
#include "bench/report/words.h"

namespace viaduct::bench::report {
namespace {

Table openings_table(const SessionsRun& run) {
  Table table{.title = "New sessions",
              .columns = {{"protocol"},
                          {"live sessions", true},
                          {"cycles/session", true},
                          {"p10–p90", true},
                          {"new sessions/s", true},
                          {"figure"}},
              .rows = {},
              .is_wide = true};
  for (const auto& opening : run.openings) {
    const Tone tone = opening.cycles.is_quotable ? Tone::plain : Tone::warning;
    table.rows.push_back({{opening.protocol},
                          {grouped(opening.live)},
                          {quoted(opening.cycles), tone},
                          {range_of(opening.cycles.summary)},
                          {quoted_rate(opening.per_second, opening.cycles), tone},
                          verdict_on(opening.cycles)});
  }
  return table;
}

Table life_table(const SessionsRun& run) {
  const auto& exhaustion = run.exhaustion;
  const bool is_exact = run.opened == run.live;
  const bool is_consistent = exhaustion.opened <= exhaustion.ports;
  const auto cost = [](const std::string& what, const Figure& figure, std::string_view unit) {
    return std::vector<Cell>{
        {what},
        {figure.is_quotable ? rounded(figure.summary.median) + " " + std::string{unit}
                            : range_of(figure.summary) + " " + std::string{unit} + ", too noisy",
         figure.is_quotable ? Tone::plain : Tone::warning}};
  };
  return {
      .title = "Life of a session",
      .columns = {{"what"}, {"found"}},
      .rows = {{{"live after " + grouped(run.opened) + " were opened"},
                {grouped(run.live) + (is_exact ? ", exact" : ", not exact"),
                 is_exact ? Tone::good : Tone::warning}},
               cost("expiry", run.expiry, "cycles/session"),
               {{"opened through " + grouped(exhaustion.ports) + " ports"},
                {grouped(exhaustion.opened) + ", then " + grouped(exhaustion.refused) + " refused",
                 is_consistent ? Tone::plain : Tone::warning}},
               cost("refusal, no port left", exhaustion.refusal, "cycles"),
               {{"memory, both directions"}, {rounded(run.bytes_per_session) + " B/session"}}}};
}

std::vector<Plot> openings_plots(const SessionsRun& run) {
  std::vector<Bar> bars;
  for (const auto& opening : run.openings) {
    bars.push_back({.label = opening.protocol,
                    .detail = brief(static_cast<double>(opening.live)) + " live",
                    .segments = {{"new sessions/s", opening.per_second}},
                    .total = opening.cycles.is_quotable ? brief(opening.per_second) + "/s"
                                                        : std::string{too_noisy},
                    .is_firm = opening.cycles.is_quotable});
  }
  if (bars.empty()) return {};
  return {{"New sessions a second", "Beside as many sessions that are live already.",
           stacked_bars(bars, "new sessions/s")}};
}

}  // namespace

std::vector<Section> sessions_sections(const std::vector<Run>& runs) {
  std::vector<Section> sections;
  for (const auto& [run, sessions] : of_kind<SessionsRun>(runs)) {
    sections.push_back({.title = "Sessions",
                        .lead = "What it costs to begin, end and refuse them (" + run->file + ").",
                        .tables = {openings_table(*sessions), life_table(*sessions)},
                        .plots = openings_plots(*sessions)});
  }
  return sections;
}

}  // namespace viaduct::bench::report
