#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace viaduct::bench::report {

struct ReportOptions {
  std::vector<std::string> files;  // results, as --json of the other subcommands writes them
  std::string html;                // the page to write; empty: none
};

// Prints the results' tables and writes the page.
Result<void> run_report(const ReportOptions& options);

}  // namespace viaduct::bench::report
