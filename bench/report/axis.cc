#include "bench/report/axis.h"

#include <algorithm>
#include <cmath>

#include "bench/report/words.h"

namespace viaduct::bench::report {
namespace {

// The least of 1, 2, 2.5 or 5 times a power of ten that makes at most `count` steps.
double round_step(double most, double count) {
  const double least = most / count;
  const double power = std::pow(10, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 2.5, 5.0}) {
    if (factor * power >= least) return factor * power;
  }
  return 10 * power;
}

}  // namespace

double Axis::place(double value) const {
  double share = 0.5;
  if (to > from) {
    // An axis that has a place for 0 counts from 1 on.
    const double shift = from == 0 ? 1 : 0;
    share = is_logarithmic ? std::log((value + shift) / (from + shift)) /
                                 std::log((to + shift) / (from + shift))
                           : (value - from) / (to - from);
  }
  return margin + share * (1 - 2 * margin);
}

Axis axis_up_to(std::string title, double most) {
  if (most <= 0) most = 1;
  const double step = round_step(most, 5);
  const auto steps = static_cast<int>(std::ceil(most / step - 1e-9));
  Axis axis{.title = std::move(title), .ticks = {}, .to = steps * step};
  for (int i = 0; i <= steps; ++i) axis.ticks.push_back({i * step, brief(i * step)});
  return axis;
}

Axis decades_around(std::string title, double least, double most) {
  const auto first = static_cast<int>(std::floor(std::log10(least)));
  const auto last = std::max(static_cast<int>(std::ceil(std::log10(most))), first + 1);
  Axis axis{.title = std::move(title), .ticks = {}, .is_logarithmic = true};
  for (int power = first; power <= last; ++power) {
    axis.ticks.push_back({std::pow(10, power), brief(std::pow(10, power))});
  }
  axis.from = axis.ticks.front().at;
  axis.to = axis.ticks.back().at;
  return axis;
}

Axis axis_through(std::string title, std::vector<Tick> ticks, bool is_logarithmic) {
  Axis axis{.title = std::move(title),
            .ticks = std::move(ticks),
            .is_logarithmic = is_logarithmic,
            .margin = 0.04};
  axis.from = axis.ticks.front().at;
  axis.to = axis.ticks.back().at;
  return axis;
}

}  // namespace viaduct::bench::report
