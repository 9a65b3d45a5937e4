#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/json.h"
#include "bench/machine.h"
#include "bench/progress.h"
#include "bench/statistics.h"

namespace viaduct::bench {

// What every subcommand takes.
struct Options {
  std::string json;   // file to write the result to; empty: none
  unsigned core = 0;  // of the first worker; others follow
  unsigned windows = 15;
  bool quick = false;  // shorter windows, fewer points: two minutes at most
  [[nodiscard]] double window_seconds() const { return quick ? 0.05 : 0.25; }
};

// Above this spread of its windows a figure is no headline.
constexpr double widest_spread = 0.10;

[[nodiscard]] api::Json to_json(const Summary& summary);
[[nodiscard]] api::Json to_json(const NoiseWatch::Report& noise);

// The skeleton of a result: what was run, where and when.
[[nodiscard]] api::Json begin_result(std::string_view subcommand, api::Json parameters);

// "61.2 cycles/packet (60.8-62.0)", or why that cannot be quoted.
[[nodiscard]] std::string headline(const Summary& summary, std::string_view unit);

// "64 B" or "IMIX", by the parameters of a result.
[[nodiscard]] std::string length_as_text(const api::Json& parameters);

// Fails if the result could not be written in the end.
[[nodiscard]] Result<void> check_output(const Options& options);

// Writes the result where the options say; prints what a person wants to know first.
Result<void> finish(const Options& options, const api::Json& result, const std::string& text);

}  // namespace viaduct::bench
