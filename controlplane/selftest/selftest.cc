#include "controlplane/selftest/selftest.h"

#include <algorithm>

namespace viaduct::selftest {
namespace {

constexpr std::array verdict_names{"pass", "differs", "FAIL"};

std::vector<const Check*> chosen(const std::string& only) {
  std::vector<const Check*> checks;
  for (const auto group : {udp_checks(), fragment_checks(), tcp_checks(), icmp_checks(),
                           subscriber_checks(), discovery_checks()}) {
    for (const Check& check : group) {
      const std::string name = std::string{check.document} + " " + std::string{check.requirement};
      if (name.find(only) != name.npos) checks.push_back(&check);
    }
  }
  return checks;
}

Verdict judge(const Check& check, const Seen& seen) {
  if (seen.is_right) return Verdict::pass;
  return check.demand == Demand::should ? Verdict::differs : Verdict::fail;
}

}  // namespace

std::size_t Outcome::count(Verdict verdict) const {
  return static_cast<std::size_t>(
      std::ranges::count(rows, verdict, [](const Row& row) { return row.verdict; }));
}

Result<Outcome> run_nat(Router router, const std::string& only, const Progress& progress) {
  const auto checks = chosen(only);
  if (checks.empty()) return fail(Fault::not_found, "--only", "no requirement is called that");
  const Lab lab = TRY(Lab::make("selftest"));
  const auto subject = TRY(router == Router::viaduct ? start_viaduct(lab) : start_linux(lab));
  Trial trial = TRY(Trial::begin(lab, *subject));
  Outcome outcome{.subject = subject->name(), .has_discovery = !discovery_checks().empty()};
  for (const Check* check : checks) {
    progress(*check, outcome.rows.size(), checks.size());
    const Seen seen = TRY(check->run(trial));
    outcome.rows.push_back({check, seen, judge(*check, seen)});
  }
  return outcome;
}

api::Json to_json(const Outcome& outcome) {
  api::Json rows = api::Json::array();
  for (const Row& row : outcome.rows) {
    rows.push_back({{"document", row.check->document},
                    {"requirement", row.check->requirement},
                    {"demand", row.check->demand == Demand::must ? "must" : "should"},
                    {"expected", row.check->expected},
                    {"seen", row.seen.words},
                    {"verdict", verdict_names.at(static_cast<std::size_t>(row.verdict))}});
  }
  return {{"subject", outcome.subject},
          {"pass", outcome.count(Verdict::pass)},
          {"differs", outcome.count(Verdict::differs)},
          {"fail", outcome.count(Verdict::fail)},
          {"natdiscovery", outcome.has_discovery},
          {"rows", rows}};
}

}  // namespace viaduct::selftest
