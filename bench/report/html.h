#pragma once

#include <string>

#include "bench/report/section.h"

namespace viaduct::bench::report {

// The report as a page that needs nothing but itself.
[[nodiscard]] std::string as_html(const Report& report);

}  // namespace viaduct::bench::report
