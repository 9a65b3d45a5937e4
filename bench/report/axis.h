#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace viaduct::bench::report {

struct Tick {
  double at = 0;
  std::string label;
};

// One direction of a plot.
struct Axis {
  std::string title;
  std::vector<Tick> ticks;  // from the least to the greatest
  double from = 0;
  double to = 1;
  bool is_logarithmic = false;
  double margin = 0;  // share of the axis that stays free at each end

  // Where `value` lies: 0 at the beginning of the axis, 1 at its end.
  [[nodiscard]] double place(double value) const;
};

// From 0 to at least `most`, ticks at round values.
[[nodiscard]] Axis axis_up_to(std::string title, double most);
// Whole decades around [least, most]. REQUIRES: least > 0.
[[nodiscard]] Axis decades_around(std::string title, double least, double most);
// Through `ticks` and no further. REQUIRES: at least one tick.
[[nodiscard]] Axis axis_through(std::string title, std::vector<Tick> ticks, bool is_logarithmic);

}  // namespace viaduct::bench::report
