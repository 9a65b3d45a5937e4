#include <fmt/format.h>

#include <array>

#include "bench/report/section.h"
#include "bench/report/svg.h"
#include "bench/report/words.h"

namespace viaduct::bench::report {
namespace {

std::string kind_of(const Run& run) {
  constexpr std::array<std::string_view, 5> names{"path", "sessions", "reconfigure", "search",
                                                  "peers"};
  static_assert(std::variant_size_v<decltype(run.outcome)> == names.size());
  return std::string{names.at(run.outcome.index())};
}

std::string what_ran(const Run& run) {
  const auto* path = std::get_if<PathRun>(&run.outcome);
  return path == nullptr ? kind_of(run) : words_for(*path);
}

std::vector<Cell> row_of(const Run& run) {
  const Noise& noise = run.noise;
  const auto* path = std::get_if<PathRun>(&run.outcome);
  return {{run.file},
          {what_ran(run)},
          {run.commit.empty() ? "–" : run.commit},
          {noise.verdict, noise.verdict == "quiet" ? Tone::good : Tone::warning},
          {noise.reference_spread ? fmt::format("{:.1f} %", 100 * *noise.reference_spread) : "–"},
          {path == nullptr ? "–" : fmt::format("{:.1f} %", 100 * path->cycles.summary.spread()),
           path == nullptr || path->cycles.is_quotable ? Tone::plain : Tone::warning},
          {noise.stolen_seconds ? rounded(*noise.stolen_seconds) + " s" : "–"},
          {noise.switches ? grouped(static_cast<std::uint64_t>(*noise.switches)) : "–"},
          {"", Tone::plain, path == nullptr ? "" : spark_line(path->windows)}};
}

}  // namespace

std::vector<Section> noise_sections(const std::vector<Run>& runs) {
  Table table{.title = "Noise of each run",
              .columns = {{"file"},
                          {"run"},
                          {"commit"},
                          {"machine"},
                          {"reference spread", true},
                          {"windows' spread", true},
                          {"stolen", true},
                          {"switches", true},
                          {"windows", false, true}},
              .rows = {},
              .is_wide = true};
  for (const Run& run : runs) table.rows.push_back(row_of(run));
  if (table.rows.empty()) return {};
  return {{.title = "Noise",
           .lead = "A fixed loop of arithmetic runs before each window: on a quiet machine it "
                   "takes always as long. Stolen is what the hypervisor gave to others, switches "
                   "are those to other threads.",
           .tables = {table},
           .plots = {}}};
}

}  // namespace viaduct::bench::report
