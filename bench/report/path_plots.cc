#include "bench/report/path_plots.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <tuple>

#include "bench/report/words.h"

namespace viaduct::bench::report {
namespace {

using PathRuns = std::vector<std::pair<const Run*, const PathRun*>>;

// Bytes on the wire; of an IMIX the mean of its 12 frames.
std::optional<double> bytes_of(const std::string& frame) {
  if (frame == "imix") return (7 * 64 + 4 * 594 + 1518) / 12.0;
  unsigned bytes = 0;
  const auto [end, error] = std::from_chars(frame.data(), frame.data() + frame.size(), bytes);
  if (error != std::errc{} || end != frame.data() + frame.size()) return std::nullopt;
  return bytes;
}

std::optional<double> value_of(Parameter parameter, const PathRun& run) {
  switch (parameter) {
    case Parameter::sessions:
      return static_cast<double>(run.sessions);
    case Parameter::rules:
      return static_cast<double>(run.rules);
    case Parameter::frame:
      return bytes_of(run.frame);
  }
  return std::nullopt;
}

// What tells runs apart, in words; the host is the last.
using Traits = std::array<std::string, 7>;

Traits traits_of(const Run& run, const PathRun& path) {
  std::string host;
  for (const auto& [name, value] : run.host) {
    host.append(name).append(" ").append(value).append(", ");
  }
  return {path.case_name,
          frame_words(path.frame),
          counted(path.sessions, "session"),
          counted(path.rules, "rule"),
          counted(path.workers, "worker"),
          path.protocol,
          host};
}

std::size_t trait_of(Parameter parameter) {
  switch (parameter) {
    case Parameter::sessions:
      return 2;
    case Parameter::rules:
      return 3;
    case Parameter::frame:
      return 1;
  }
  return 0;
}

// Runs that differ only in one parameter, by its value. Of equal runs the latest stays.
using Family = std::map<double, std::pair<const Run*, const PathRun*>>;
using Families = std::map<Traits, Family>;

Families families_along(Parameter parameter, const PathRuns& runs) {
  Families families;
  for (const auto& [run, path] : runs) {
    const auto value = value_of(parameter, *path);
    if (!value) continue;
    Traits traits = traits_of(*run, *path);
    traits[trait_of(parameter)].clear();
    auto& member = families[traits][*value];
    if (member.first == nullptr || member.first->at <= run->at) member = {run, path};
  }
  std::erase_if(families, [](const auto& family) { return family.second.size() < 2; });
  return families;
}

// The case, and what else is not the same in all families.
std::string name_of(const Traits& family, std::size_t number, const Families& all) {
  std::string name = family.front();
  for (std::size_t i = 1; i < family.size(); ++i) {
    const bool is_common =
        std::ranges::all_of(all, [&](const auto& other) { return other.first[i] == family[i]; });
    if (is_common) continue;
    name += ", " + (i + 1 == family.size() ? "host of " + std::to_string(number) : family[i]);
  }
  return name;
}

Point point_of(double x, const PathRun& run) {
  const Summary& cycles = run.cycles.summary;
  const std::string figure =
      run.cycles.is_quotable ? rounded(cycles.median) + " cycles/packet (" + range_of(cycles) + ")"
                             : std::string{too_noisy} + ": " + range_of(cycles) + " cycles/packet";
  return {.x = x,
          .y = cycles.median,
          .low = cycles.p10,
          .high = cycles.p90,
          .is_firm = run.cycles.is_quotable,
          .hint = words_for(run) + ": " + figure};
}

std::string label_of(Parameter parameter, const PathRun& run) {
  switch (parameter) {
    case Parameter::sessions:
      return brief(static_cast<double>(run.sessions));
    case Parameter::rules:
      return brief(static_cast<double>(run.rules));
    case Parameter::frame:
      return run.frame == "imix" ? "IMIX" : run.frame;
  }
  return "";
}

Plot draw(Parameter parameter, const std::string& title, const std::string& axis_title,
          const PathRuns& paths, const std::vector<Series>& series) {
  std::map<double, std::string> labels;
  for (const auto& [value, family] : families_along(parameter, paths)) {
    for (const auto& [x, member] : family) labels[x] = label_of(parameter, *member.second);
  }
  std::vector<Tick> ticks;
  ticks.reserve(labels.size());
  for (const auto& [at, label] : labels) ticks.push_back({at, label});
  double most = 0;
  for (const Series& line : series) {
    for (const Point& point : line.points) most = std::max(most, point.high);
  }
  return {
      title, "Whiskers reach from p10 to p90; a hollow point is too noisy to be quoted.",
      line_plot(axis_through(axis_title, ticks, true), axis_up_to("cycles/packet", most), series)};
}

// Most of the path's stages cost nearly nothing for sessions that stand; the costliest have
// colours of their own.
std::vector<std::string> costliest_stages(const PathRuns& runs) {
  constexpr std::size_t most = 7;
  constexpr double worth_showing = 0.02;  // of the packet's whole cost, in any run
  std::map<std::string, double> shares;
  std::vector<std::string> names;  // in the order of the path
  for (const auto& [run, path] : runs) {
    for (const PathRun::Stage& stage : path->stages) {
      if (!shares.contains(stage.name)) names.push_back(stage.name);
      const double whole = path->cycles.summary.median;
      double& share = shares[stage.name];
      if (whole > 0) share = std::max(share, stage.cycles / whole);
    }
  }
  std::vector<std::string> ranked = names;
  std::ranges::stable_sort(ranked, std::greater{},
                           [&](const std::string& name) { return shares[name]; });
  if (ranked.size() > most) ranked.resize(most);
  std::erase_if(names, [&](const std::string& name) {
    return shares[name] < worth_showing || std::ranges::find(ranked, name) == ranked.end();
  });
  return names;
}

std::vector<Segment> segments_of(const PathRun& run, const std::vector<std::string>& shown) {
  std::vector<Segment> segments;
  double others = 0;
  double known = 0;
  for (const PathRun::Stage& stage : run.stages) {
    known += stage.cycles;
    if (std::ranges::find(shown, stage.name) == shown.end()) {
      others += stage.cycles;
    } else {
      segments.push_back({stage.name, stage.cycles});
    }
  }
  if (others > 0) segments.push_back({"other stages", others});
  const double remainder = run.cycles.summary.median - known;
  if (remainder > 0) segments.push_back({std::string{remainder_name}, remainder});
  return segments;
}

}  // namespace

std::vector<Series> series_against(Parameter parameter, const std::vector<Run>& runs) {
  const Families families = families_along(parameter, of_kind<PathRun>(runs));
  std::vector<Series> series;
  for (const auto& [traits, family] : families) {
    Series& line = series.emplace_back();
    line.name = name_of(traits, series.size(), families);
    for (const auto& [x, member] : family) line.points.push_back(point_of(x, *member.second));
  }
  return series;
}

std::vector<Plot> path_plots(const std::vector<Run>& runs) {
  struct Wanted {
    Parameter parameter;
    std::string title;
    std::string axis;
  };
  const auto paths = of_kind<PathRun>(runs);
  std::vector<Plot> plots;
  for (const auto& [parameter, title, axis] :
       {Wanted{Parameter::sessions, "Cost against sessions", "live sessions"},
        Wanted{Parameter::rules, "Cost against rules", "firewall rules and egress exceptions"},
        Wanted{Parameter::frame, "Cost against frame size", "bytes of a frame on the wire"}}) {
    const auto series = series_against(parameter, runs);
    if (!series.empty()) plots.push_back(draw(parameter, title, axis, paths, series));
  }
  return plots;
}

PathRuns paths_in_order(const std::vector<Run>& runs) {
  auto paths = of_kind<PathRun>(runs);
  const auto place = [](const auto& entry) {
    const PathRun& run = *entry.second;
    return std::make_tuple(run.case_name, bytes_of(run.frame), run.rules, run.sessions,
                           run.workers);
  };
  std::ranges::stable_sort(paths, {}, place);
  return paths;
}

std::vector<Bar> stage_bars(const std::vector<Run>& runs) {
  const auto paths = paths_in_order(runs);
  const auto shown = costliest_stages(paths);
  std::vector<Bar> bars;
  for (const auto& [run, path] : paths) {
    const PathRun& measured = *path;
    bars.push_back(
        {.label = measured.case_name + ", " + frame_words(measured.frame),
         .detail = counted(measured.sessions, "session") + ", " + counted(measured.rules, "rule") +
                   (measured.workers == 1 ? "" : ", " + counted(measured.workers, "worker")),
         .segments = segments_of(measured, shown),
         .total = quoted(measured.cycles),
         .is_firm = measured.cycles.is_quotable});
  }
  return bars;
}

}  // namespace viaduct::bench::report
