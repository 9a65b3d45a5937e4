#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "api/json.h"

namespace viaduct::bench {

// What one kind of change took, each time, in microseconds.
struct ChangeSeries {
  std::string name;
  std::map<std::string, std::vector<double>> phases;
  std::vector<double> effective;
  std::vector<double> total;
  std::uint64_t lost = 0;
  std::uint64_t lost_to_machine = 0;
};

[[nodiscard]] api::Json to_json(const ChangeSeries& series);
[[nodiscard]] api::Json phases_as_json(const ChangeSeries& series);

// Times of single events: that they differ is what they say, so that none is called a headline.
[[nodiscard]] api::Json events_as_json(const std::vector<double>& times);

}  // namespace viaduct::bench
