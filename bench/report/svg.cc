#include "bench/report/svg.h"

#include <fmt/format.h>

#include <algorithm>

namespace viaduct::bench::report {
namespace {

constexpr double width = static_cast<double>(Width::half);
constexpr double height = 300;
constexpr double left = 58;
constexpr double top = 30;
constexpr double bottom = 46;

// Where things lie in a plot; on the right there is room for the names at the lines' ends.
struct Canvas {
  const Axis& x;
  const Axis& y;
  double right;

  [[nodiscard]] double x_of(double value) const { return left + x.place(value) * (right - left); }
  [[nodiscard]] double y_of(double value) const {
    return height - bottom - y.place(value) * (height - top - bottom);
  }
};

Canvas canvas_for(const Axis& x, const Axis& y, const std::vector<Series>& series) {
  std::size_t longest = 0;
  for (const Series& line : series) longest = std::max(longest, line.name.size());
  const double names = std::min(24 + static_cast<double>(longest) * 1.1 * letter_width, width / 2);
  return {x, y, width - names};
}

std::string text_at(double x, double y, std::string_view classes, std::string_view text) {
  return fmt::format(R"(<text class="{}" x="{:.1f}" y="{:.1f}">{}</text>)", classes, x, y,
                     escape(text));
}

std::string line_between(double x1, double y1, double x2, double y2, std::string_view classes) {
  return fmt::format(R"(<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>)",
                     classes, x1, y1, x2, y2);
}

// Colours first, then dashes tell series apart.
std::string series_class(std::size_t index) {
  return fmt::format("s{}{}", index % colours, index >= colours ? " dashed" : "");
}

std::string draw_axes(const Canvas& on) {
  std::string drawn;
  for (const Tick& tick : on.y.ticks) {
    const double at = on.y_of(tick.at);
    drawn += line_between(left, at, on.right, at, "grid");
    drawn += text_at(left - 8, at + 4, "label end", tick.label);
  }
  double free_from = 0;
  for (const Tick& tick : on.x.ticks) {
    const double at = on.x_of(tick.at);
    drawn += line_between(at, height - bottom, at, height - bottom + 5, "axis");
    const double half = static_cast<double>(tick.label.size()) * letter_width / 2;
    if (at - half < free_from) continue;
    drawn += text_at(at, height - bottom + 19, "label middle", tick.label);
    free_from = at + half + 3;
  }
  drawn += line_between(left, height - bottom, on.right, height - bottom, "axis");
  drawn += text_at((left + on.right) / 2, height - 6, "title middle", on.x.title);
  drawn += text_at(left - 44, 16, "title", on.y.title);
  return drawn;
}

std::string draw_point(const Canvas& on, const Point& point) {
  const double at = on.x_of(point.x);
  std::string drawn = fmt::format("<g><title>{}</title>", escape(point.hint));
  if (point.high > point.low) {
    const double low = on.y_of(point.low);
    const double high = on.y_of(point.high);
    drawn += line_between(at, low, at, high, "whisker");
    drawn += line_between(at - 4, low, at + 4, low, "whisker");
    drawn += line_between(at - 4, high, at + 4, high, "whisker");
  }
  drawn += fmt::format(R"(<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="4"/></g>)",
                       point.is_firm ? "dot" : "dot hollow", at, on.y_of(point.y));
  return drawn;
}

std::string draw_series(const Canvas& on, const Series& series, std::size_t index) {
  std::string drawn =
      fmt::format(R"(<g class="{}"><polyline class="line" points=")", series_class(index));
  for (const Point& point : series.points) {
    drawn += fmt::format("{:.1f},{:.1f} ", on.x_of(point.x), on.y_of(point.y));
  }
  drawn += R"("/>)";
  for (const Point& point : series.points) drawn += draw_point(on, point);
  return drawn + "</g>";
}

// The series' names at the lines' ends, pushed apart where they would overlap.
std::string draw_names(const Canvas& on, const std::vector<Series>& series) {
  constexpr double line_height = 15;
  struct Name {
    double wanted;
    double at;
    std::size_t index;
  };
  std::vector<Name> names;
  for (std::size_t i = 0; i < series.size(); ++i) {
    const double wanted = on.y_of(series[i].points.back().y);
    names.push_back({wanted, wanted, i});
  }
  std::ranges::sort(names, {}, &Name::wanted);
  double next = top;
  for (Name& name : names) {
    name.at = std::max(name.wanted, next);
    next = name.at + line_height;
  }
  next = height - bottom;
  for (std::size_t i = names.size(); i-- > 0;) {
    names[i].at = std::min(names[i].at, next);
    next = names[i].at - line_height;
  }
  std::string drawn;
  for (const Name& name : names) {
    const double from = on.x_of(series[name.index].points.back().x) + 7;
    drawn += fmt::format(R"(<g class="{}">)", series_class(name.index));
    drawn += line_between(from, name.wanted, on.right + 8, name.at, "leader");
    drawn += text_at(on.right + 11, name.at + 4, "name", series[name.index].name) + "</g>";
  }
  return drawn;
}

std::string open_svg(double tall, std::string_view title) {
  return fmt::format(R"(<svg class="plot" viewBox="0 0 {:.0f} {:.0f}" role="img" aria-label="{}">)",
                     width, tall, escape(title));
}

}  // namespace

std::string escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string line_plot(const Axis& x, const Axis& y, const std::vector<Series>& series) {
  const Canvas on = canvas_for(x, y, series);
  std::string drawn = open_svg(height, y.title + " against " + x.title) + draw_axes(on);
  for (std::size_t i = 0; i < series.size(); ++i) drawn += draw_series(on, series[i], i);
  return drawn + draw_names(on, series) + "</svg>";
}

std::string range_strip(const Point& range, double most) {
  constexpr double length = 150;
  const auto at = [&](double value) { return 3 + (most > 0 ? value / most : 0) * (length - 6); };
  std::string drawn = fmt::format(R"(<svg class="strip {}" viewBox="0 0 {} 14">)",
                                  range.is_firm ? "firm" : "loose", length);
  drawn += line_between(3, 7, length - 3, 7, "track");
  drawn += line_between(at(range.low), 7, at(range.high), 7, "span");
  if (range.is_firm) {
    drawn += line_between(3, 7, at(range.y), 7, "fill");
    drawn += fmt::format(R"(<circle class="dot" cx="{:.1f}" cy="7" r="3.5"/>)", at(range.y));
  }
  return drawn + "</svg>";
}

std::string spark_line(const std::vector<double>& values) {
  if (values.empty()) return "";
  constexpr double length = 150;
  const auto [least, most] = std::ranges::minmax(values);
  // A tenth of the value is the least that fills the height, or calm runs would look wild.
  const double span = std::max(most - least, 0.1 * most);
  const double middle = (least + most) / 2;
  std::string drawn = fmt::format(
      R"(<svg class="strip" viewBox="0 0 {} 24"><polyline class="line" points=")", length);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double share =
        values.size() == 1 ? 0.5 : static_cast<double>(i) / static_cast<double>(values.size() - 1);
    const double rise = span == 0 ? 0 : (values[i] - middle) / span;
    drawn += fmt::format("{:.1f},{:.1f} ", 3 + share * (length - 6), 12 - rise * 18);
  }
  return drawn + R"("/></svg>)";
}

}  // namespace viaduct::bench::report
