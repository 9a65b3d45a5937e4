#include <fmt/format.h>

#include <algorithm>

#include "bench/report/svg.h"
#include "bench/report/words.h"

namespace viaduct::bench::report {
namespace {

constexpr double labels = 160;  // width of the column in which the bars' labels stand
constexpr double totals = 90;   // likewise of their totals
constexpr double pitch = 40;
constexpr double thickness = 24;

using Classes = std::vector<std::pair<std::string, std::string>>;  // of segments, by name

const std::string& class_of(const Classes& classes, const std::string& name) {
  return std::ranges::find(classes, name, &Classes::value_type::first)->second;
}

Classes classes_of(const std::vector<Bar>& bars) {
  Classes classes;
  std::size_t next = 0;
  bool has_remainder = false;
  for (const Bar& bar : bars) {
    for (const Segment& segment : bar.segments) {
      if (segment.name == remainder_name) {
        has_remainder = true;
      } else if (std::ranges::find(classes, segment.name, &Classes::value_type::first) ==
                 classes.end()) {
        classes.emplace_back(segment.name, fmt::format("s{}", next++ % colours));
      }
    }
  }
  if (has_remainder) classes.emplace_back(remainder_name, "rest");
  return classes;
}

// The legend, broken into lines; `y` moves below it.
std::string draw_legend(const Classes& classes, double width, double& y) {
  std::string drawn;
  double x = 0;
  for (const auto& [name, colour] : classes) {
    const double length = 18 + static_cast<double>(name.size()) * letter_width + 16;
    if (x + length > width) {
      x = 0;
      y += 22;
    }
    drawn += fmt::format(
        R"(<g class="{}"><rect class="bar" x="{:.1f}" y="{:.1f}" width="12" height="12" rx="2"/>)"
        R"(<text class="label" x="{:.1f}" y="{:.1f}">{}</text></g>)",
        colour, x, y, x + 18, y + 10.5, escape(name));
    x += length;
  }
  y += 30;
  return drawn;
}

std::string draw_segments(const Bar& bar, const Classes& classes, double y, double scale) {
  constexpr double gap = 1.5;  // between segments
  std::string drawn;
  double x = labels;
  for (const Segment& segment : bar.segments) {
    const double length = segment.value * scale;
    const std::string value = rounded(segment.value);
    drawn += fmt::format(
        R"(<g class="{}"><title>{}</title>)"
        R"(<rect class="bar" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.0f}" rx="2"/>)",
        class_of(classes, segment.name),
        escape(bar.is_firm ? segment.name + ": " + value : segment.name), x, y,
        std::max(length - gap, 0.5), thickness);
    if (bar.is_firm && bar.segments.size() > 1 &&
        length > static_cast<double>(value.size()) * letter_width + 6) {
      drawn += fmt::format(R"(<text class="inside middle" x="{:.1f}" y="{:.1f}">{}</text>)",
                           x + length / 2, y + 16.5, value);
    }
    drawn += "</g>";
    x += length;
  }
  drawn += fmt::format(R"(<text class="name" x="{:.1f}" y="{:.1f}">{}</text>)", x + 6, y + 16.5,
                       escape(bar.total));
  return drawn;
}

}  // namespace

std::string stacked_bars(const std::vector<Bar>& bars, std::string_view unit, Width wide) {
  const auto width = static_cast<double>(wide);
  double most = 0;
  for (const Bar& bar : bars) {
    double sum = 0;
    for (const Segment& segment : bar.segments) sum += segment.value;
    most = std::max(most, sum);
  }
  const double scale = most == 0 ? 0 : (width - labels - totals) / most;
  const Classes classes = classes_of(bars);
  double y = 4;
  std::string drawn;
  if (classes.size() > 1) drawn += draw_legend(classes, width, y);
  const double first = y;
  for (const Bar& bar : bars) {
    const double line = bar.detail.empty() ? y + 16.5 : y + 10;
    drawn += fmt::format(
        R"(<g class="{}"><text class="label end strong" x="{:.1f}" y="{:.1f}">{}</text>)",
        bar.is_firm ? "firm" : "loose", labels - 10, line, escape(bar.label));
    drawn += fmt::format(R"(<text class="small end" x="{:.1f}" y="{:.1f}">{}</text>)", labels - 10,
                         y + 24, escape(bar.detail));
    drawn += draw_segments(bar, classes, y, scale) + "</g>";
    y += pitch;
  }
  drawn +=
      fmt::format(R"(<line class="axis" x1="{0:.1f}" y1="{1:.1f}" x2="{0:.1f}" y2="{2:.1f}"/>)",
                  labels - 1, first - 4, y - pitch + thickness + 4);
  return fmt::format(
      R"(<svg class="plot" viewBox="0 0 {:.0f} {:.0f}" role="img" aria-label="{}">{}</svg>)", width,
      y - 8, escape(unit), drawn);
}

}  // namespace viaduct::bench::report
