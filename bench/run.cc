#include "bench/run.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "base/errno_text.h"
#include "bench/commit.h"

namespace viaduct::bench {
namespace {

using api::Json;

std::string now_as_text() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 32> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return {text.data(), length};
}

std::string rounded(double value) {
  std::array<char, 32> text{};
  const int digits = value >= 1000 ? 0 : value >= 100 ? 1 : 2;
  const int length = std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace

Json to_json(const Summary& summary) {
  return {{"median", summary.median},
          {"p10", summary.p10},
          {"p90", summary.p90},
          {"quotable", summary.spread() <= widest_spread}};
}

Json to_json(const NoiseWatch::Report& noise) {
  constexpr double restless = 0.05;  // of a loop that takes always as long on a quiet machine
  const bool is_noisy = noise.reference_spread > restless;
  return {{"verdict", is_noisy ? "noisy" : "quiet"},
          {"reference_cycles_per_step", noise.reference_cycles},
          {"reference_spread", noise.reference_spread},
          {"stolen_seconds", noise.stolen},
          {"involuntary_switches", noise.switches}};
}

Json begin_result(std::string_view subcommand, Json parameters) {
  return {{"bench", subcommand},
          {"at", now_as_text()},
          {"commit", VIADUCT_COMMIT},
          {"host", fingerprint()},
          {"parameters", std::move(parameters)}};
}

std::string headline(const Summary& summary, std::string_view unit) {
  const std::string range = rounded(summary.p10) + "-" + rounded(summary.p90);
  if (summary.spread() > widest_spread) {
    return "no figure: the windows are too far apart (" + range + " " + std::string{unit} + ")";
  }
  return rounded(summary.median) + " " + std::string{unit} + " (" + range + ")";
}

std::string length_as_text(const api::Json& parameters) {
  const auto frame = parameters["frame"].get<std::string>();
  return frame == "imix" ? "IMIX" : frame + " B";
}

Result<void> check_output(const Options& options) {
  if (options.json.empty()) return {};
  const std::filesystem::path file{options.json};
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path{"."};
  const bool is_there = access(file.c_str(), F_OK) == 0;
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) {
    return fail(Fault::unavailable, options.json, "is a directory");
  }
  if (access((is_there ? file : folder).c_str(), W_OK) == 0) return {};
  return fail(Fault::unavailable, options.json, "cannot be written: " + errno_text());
}

Result<void> finish(const Options& options, const Json& result, const std::string& text) {
  std::cout << text << std::flush;
  if (!std::cout) return fail(Fault::unavailable, "standard output", "cannot be written");
  if (options.json.empty()) return {};
  std::ofstream file{options.json};
  file << result.dump(2) << "\n";
  if (file.flush()) return {};
  // It may have taken an hour to measure.
  std::cout << result.dump(2) << std::endl;
  const std::string place = std::cout ? "; the result is on the standard output" : "";
  return fail(Fault::unavailable, options.json, "cannot be written" + place);
}

}  // namespace viaduct::bench
