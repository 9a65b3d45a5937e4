#pragma once

#include <vector>

namespace viaduct::bench {

// What many windows of one measurement say together.
struct Summary {
  double median = 0;
  double p10 = 0;
  double p90 = 0;
  // How far apart the windows are: (p90 - p10) / median.
  [[nodiscard]] double spread() const { return median == 0 ? 0 : (p90 - p10) / median; }
};

// REQUIRES: at least one value.
[[nodiscard]] Summary summarize(std::vector<double> values);

// The mean of what was drawn, and where that of all that could be drawn lies with 95 % probability
// if there are enough values for a normal distribution of it.
struct Mean {
  double mean = 0;
  double low = 0;
  double high = 0;
};
// REQUIRES: at least one value. Of one alone nothing is known but itself.
[[nodiscard]] Mean mean_of(const std::vector<double>& values);

// The value below which `share` (0 to 1) of the values lie, between two neighbours in proportion.
// REQUIRES: `sorted` is sorted and has at least one value.
[[nodiscard]] double percentile(const std::vector<double>& sorted, double share);

}  // namespace viaduct::bench
