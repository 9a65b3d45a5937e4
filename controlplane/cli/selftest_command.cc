#include <iostream>

#include "base/interrupt.h"
#include "controlplane/cli/commands.h"
#include "controlplane/selftest/selftest.h"

namespace viaduct::cli {
namespace {

using selftest::Outcome;
using selftest::Verdict;

struct Options {
  std::string subject = "viaduct";
  std::string only;
};

void show(const Screen& screen, const Outcome& outcome) {
  Table table{{"requirement", "expected", "seen", "verdict"}};
  for (const auto& row : outcome.rows) {
    const char* verdict = row.verdict == Verdict::pass      ? "pass"
                          : row.verdict == Verdict::differs ? "differs"
                                                            : "FAIL";
    table.add({std::string{row.check->document} + " " + std::string{row.check->requirement},
               std::string{row.check->expected}, row.seen.words, verdict});
  }
  table.print(screen.out, screen.style);
  screen.out << outcome.subject << ": " << outcome.count(Verdict::pass) << " of "
             << outcome.rows.size() << " pass, " << outcome.count(Verdict::differs)
             << " differ from what is recommended, " << outcome.count(Verdict::fail) << " fail\n";
  if (!outcome.has_discovery) {
    screen.out << "natdiscovery took no part: coturn is not installed\n";
  }
}

Result<void> test_nat(Console& console, const Options& options) {
  watch_interrupts();
  const auto router =
      options.subject == "linux" ? selftest::Router::linux_nftables : selftest::Router::viaduct;
  const auto outcome = selftest::run_nat(
      router, options.only, [&](const selftest::Check& check, std::size_t done, std::size_t all) {
        if (!console.is_terminal) return;
        std::cerr << "\r\x1b[K[" << done << "/" << all << "] " << check.document << " "
                  << check.requirement << ": " << check.expected << std::flush;
      });
  if (console.is_terminal) std::cerr << "\r\x1b[K" << std::flush;
  if (!outcome) return tl::unexpected<Error>{outcome.error()};
  if (console.wants_json) {
    console.screen.out << to_json(*outcome).dump(2) << "\n";
  } else {
    show(console.screen, *outcome);
  }
  if (outcome->count(Verdict::fail) == 0) return {};
  return fail(Fault::failed, "", "not all requirements are met");
}

}  // namespace

void add_selftest_command(CLI::App& app, Command& chosen) {
  CLI::App& command =
      *app.add_subcommand("selftest", "show what this appliance does, requirement by requirement");
  command.require_subcommand(1);
  CLI::App& nat = *command.add_subcommand(
      "nat", "NAT and firewall by the RFCs, in a throw-away lab of namespaces; needs root");
  auto options = std::make_shared<Options>();
  nat.add_option("--subject", options->subject, "who is put to the test: linux is the control")
      ->check(CLI::IsMember({"viaduct", "linux"}))
      ->capture_default_str();
  nat.add_option("--only", options->only, "the requirements whose names contain this");
  nat.callback([&chosen, options] {
    chosen = [options](Console& console) { return test_nat(console, *options); };
  });
}

}  // namespace viaduct::cli
