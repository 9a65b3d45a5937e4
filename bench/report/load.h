#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "bench/report/result.h"

namespace viaduct::bench::report {

struct Loaded {
  std::vector<Run> runs;
  std::vector<std::string> left_out;  // what is no kind of result that we know, in words
};

// Reads results as the bench writes them. The error tells the file, the JSON pointer and why.
Result<Loaded> load(std::span<const std::string> files);

// Adds what `text`, the content of `file`, says.
Result<void> add_result(Loaded& loaded, const std::string& file, std::string_view text);

}  // namespace viaduct::bench::report
