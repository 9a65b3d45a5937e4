#include "bench/report/words.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace viaduct::bench::report {

std::string grouped(std::uint64_t value) {
  std::string digits = std::to_string(value);
  for (std::size_t end = digits.size(); end > 3; end -= 3) digits.insert(end - 3, 1, ' ');
  return digits;
}

std::string rounded(double value) {
  if (value == 0) return "0";
  if (value < 0.9995) return fmt::format("{:.3f}", value);
  if (value < 9.995) return fmt::format("{:.2f}", value);
  if (value < 999.95) return fmt::format("{:.1f}", value);
  return grouped(static_cast<std::uint64_t>(std::llround(value)));
}

std::string brief(double value) {
  constexpr std::array<std::pair<double, std::string_view>, 3> units{
      {{1e9, " G"}, {1e6, " M"}, {1e3, " k"}}};
  for (const auto& [size, name] : units) {
    // What would be rounded to 1000 of a unit is 1 of the next.
    if (value >= 0.9995 * size) return fmt::format("{:.3g}{}", value / size, name);
  }
  return fmt::format("{:.3g}", value);
}

std::string counted(std::uint64_t count, std::string_view thing) {
  return fmt::format("{} {}{}", brief(static_cast<double>(count)), thing, count == 1 ? "" : "s");
}

std::string frame_words(const std::string& frame) {
  return frame == "imix" ? "IMIX" : frame + " B";
}

std::string words_for(const PathRun& run) {
  return run.case_name + ", " + frame_words(run.frame) + ", " + counted(run.sessions, "session") +
         ", " + counted(run.rules, "rule");
}

std::string range_of(const Summary& summary) {
  return rounded(summary.p10) + "–" + rounded(summary.p90);
}

std::string quoted(const Figure& figure) {
  return figure.is_quotable ? rounded(figure.summary.median) : std::string{too_noisy};
}

std::string quoted_rate(double at_median, const Figure& cycles) {
  if (cycles.is_quotable) return rounded(at_median);
  const Summary& summary = cycles.summary;
  if (summary.p10 == 0) return std::string{too_noisy};
  return rounded(at_median * summary.median / summary.p90) + "–" +
         rounded(at_median * summary.median / summary.p10);
}

}  // namespace viaduct::bench::report
