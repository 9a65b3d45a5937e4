#include "bench/report/section.h"

#include <algorithm>

#include "bench/report/words.h"

namespace viaduct::bench::report {
namespace {

std::vector<Tile> tiles_of(const std::vector<Run>& runs) {
  std::vector<Tile> tiles;
  const auto paths = of_kind<PathRun>(runs);
  std::vector<const PathRun*> quotable;
  for (const auto& [run, path] : paths) {
    if (path->cycles.is_quotable) quotable.push_back(path);
  }
  if (!quotable.empty()) {
    const auto cycles = [](const PathRun* run) { return run->cycles.summary.median; };
    const auto [least, most] = std::ranges::minmax(quotable, {}, cycles);
    tiles.push_back({rounded(cycles(least)), "cycles/packet at best: " + words_for(*least)});
    if (most != least) {
      tiles.push_back({rounded(cycles(most)), "cycles/packet at most: " + words_for(*most)});
    }
  }
  if (!paths.empty()) {
    tiles.push_back({std::to_string(quotable.size()) + " of " + std::to_string(paths.size()),
                     "path figures may be quoted",
                     quotable.size() == paths.size() ? Tone::good : Tone::warning});
  }
  const auto noisy =
      std::ranges::count_if(runs, [](const Run& run) { return run.noise.verdict != "quiet"; });
  tiles.push_back({std::to_string(noisy) + " of " + std::to_string(runs.size()),
                   "runs found the machine noisy", noisy == 0 ? Tone::good : Tone::warning});
  return tiles;
}

}  // namespace

Cell verdict_on(const Figure& figure) {
  if (figure.is_quotable) return {"quotable", Tone::good, ""};
  return {std::string{too_noisy}, Tone::warning, ""};
}

Report compose(const Loaded& loaded) {
  Report report{.tiles = tiles_of(loaded.runs),
                .sections = {},
                .left_out = loaded.left_out,
                .hosts = {},
                .first_at = {},
                .last_at = {}};
  for (const Run& run : loaded.runs) {
    if (std::ranges::find(report.hosts, run.host) == report.hosts.end()) {
      report.hosts.push_back(run.host);
    }
    if (report.first_at.empty() || run.at < report.first_at) report.first_at = run.at;
    report.last_at = std::max(report.last_at, run.at);
  }
  for (const auto& sections_of : {path_sections, sessions_sections, reconfigure_sections,
                                  search_sections, peers_sections, noise_sections}) {
    for (Section& section : sections_of(loaded.runs)) {
      report.sections.push_back(std::move(section));
    }
  }
  return report;
}

}  // namespace viaduct::bench::report
