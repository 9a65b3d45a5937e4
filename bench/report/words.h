#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bench/report/result.h"

// Numbers as people read them.
namespace viaduct::bench::report {

// About three digits that matter: "0.038", "9.87", "98.7", "12 345".
[[nodiscard]] std::string rounded(double value);
// "1 000 000"
[[nodiscard]] std::string grouped(std::uint64_t value);
// "1 M", "64 k", "1.5 k"
[[nodiscard]] std::string brief(double value);
// "1 session", "64 k sessions"
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view thing);
// "64 B", "IMIX"
[[nodiscard]] std::string frame_words(const std::string& frame);
// "nat, 64 B, 64 k sessions, 10 rules"
[[nodiscard]] std::string words_for(const PathRun& run);
// "60.8–62.0", from p10 to p90
[[nodiscard]] std::string range_of(const Summary& summary);
// The median, unless it must not be quoted.
[[nodiscard]] std::string quoted(const Figure& figure);
inline constexpr std::string_view too_noisy = "too noisy";

// What goes up when the cycles go down, `at_median` cycles: a rate, or only its range.
[[nodiscard]] std::string quoted_rate(double at_median, const Figure& cycles);

}  // namespace viaduct::bench::report
