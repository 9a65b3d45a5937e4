#pragma once

#include <string>

#include "bench/report/section.h"

namespace viaduct::bench::report {

// The report's tables for a terminal.
[[nodiscard]] std::string as_text(const Report& report);

}  // namespace viaduct::bench::report
