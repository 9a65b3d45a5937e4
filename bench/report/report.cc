#include "bench/report/report.h"

#include <fstream>
#include <iostream>

#include "bench/report/html.h"
#include "bench/report/load.h"
#include "bench/report/text.h"

namespace viaduct::bench::report {

Result<void> run_report(const ReportOptions& options) {
  const Loaded loaded = TRY(load(options.files));
  for (const std::string& words : loaded.left_out) {
    std::cerr << "viaduct-bench: left out: " << words << "\n";
  }
  if (loaded.runs.empty()) return fail(Fault::invalid, "", "there is nothing to report");
  const Report report = compose(loaded);
  std::cout << as_text(report) << std::flush;
  if (!std::cout) return fail(Fault::unavailable, "standard output", "cannot be written");
  if (options.html.empty()) return {};
  std::ofstream page{options.html};
  page << as_html(report);
  if (!page.flush()) return fail(Fault::unavailable, options.html, "cannot be written");
  return {};
}

}  // namespace viaduct::bench::report
