#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/report/axis.h"

// A small vocabulary of plots as inline SVG. Colours are classes, see style.h.
namespace viaduct::bench::report {

constexpr double letter_width = 6.6;  // of labels, about
constexpr std::size_t colours = 8;    // classes s0, s1, ...

// `text` for SVG and HTML, between tags or in a quoted attribute.
[[nodiscard]] std::string escape(std::string_view text);

struct Point {
  double x = 0;
  double y = 0;
  double low = 0;  // the range of what was measured
  double high = 0;
  bool is_firm = true;  // false: only the range says something
  std::string hint;     // shown when a pointer rests on it
};
struct Series {
  std::string name;
  std::vector<Point> points;  // by x
};
[[nodiscard]] std::string line_plot(const Axis& x, const Axis& y,
                                    const std::vector<Series>& series);

struct Segment {
  std::string name;  // equal names have equal colours
  double value = 0;
};
struct Bar {
  std::string label;
  std::string detail;  // below the label, small
  std::vector<Segment> segments;
  std::string total;    // said at its end
  bool is_firm = true;  // false: its values are not said
};
// A plot's width in pixels of a page: beside another one, or alone.
enum class Width : std::uint16_t { half = 520, full = 1080 };
// Bars from left to right, with a legend where segments have several names.
[[nodiscard]] std::string stacked_bars(const std::vector<Bar>& bars, std::string_view unit,
                                       Width wide = Width::half);
inline constexpr std::string_view remainder_name = "outside the stages";

// A line of text's height: a range with its median on a scale from 0 to `most`.
[[nodiscard]] std::string range_strip(const Point& range, double most);
// The same for a row of values one after the other.
[[nodiscard]] std::string spark_line(const std::vector<double>& values);

}  // namespace viaduct::bench::report
