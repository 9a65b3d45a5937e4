#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "api/json.h"

namespace viaduct::bench {

// Packets that did not come through, each time.
struct Losses {
  std::vector<std::uint64_t> lost;
  std::vector<std::uint64_t> to_machine;  // see PacedTraffic::lost_to_machine(); not among those
  // Whoever took them: from when it was followed, or published for nobody, until each session had
  // spoken. Among those above.
  std::vector<std::uint64_t> since_followed;
  std::vector<double> cycles_per_packet;  // in that time
};

// What one kind of change took, in microseconds, each time that it came before its rehearsal: that
// warms up what it needs.
struct ChangeSeries {
  std::string name;
  std::map<std::string, std::vector<double>> phases;
  std::vector<double> effective;
  std::vector<double> total;
  std::vector<double> followed;  // what the worker took to begin with it; of every change
  Losses lost;
  Losses rehearsed;                // by the same work, with a result that nobody followed
  std::vector<double> rehearsals;  // what each took
};

[[nodiscard]] api::Json to_json(const ChangeSeries& series);
[[nodiscard]] api::Json phases_as_json(const ChangeSeries& series);

// Times of single events: that they differ is what they say, so that none is called a headline.
[[nodiscard]] api::Json events_as_json(const std::vector<double>& times);

}  // namespace viaduct::bench
