#include "controlplane/cli/program.h"

#include <algorithm>

#include "api/settings.h"
#include "controlplane/cli/commands.h"
#include "controlplane/version.h"

namespace viaduct::cli {
namespace {

int exit_code_of(Fault fault) {
  switch (fault) {
    case Fault::malformed:
      return ExitCode::usage;
    case Fault::invalid:
    case Fault::too_large:
      return ExitCode::invalid;
    case Fault::conflict:
    case Fault::stale:
      return ExitCode::conflict;
    default:
      return ExitCode::failure;
  }
}

void report(std::ostream& err, const Error& error) {
  err << "viaduct: " << (error.where.empty() ? "" : error.where + ": ") << error.why << "\n";
}

}  // namespace

int run(std::vector<std::string> arguments, std::ostream& out, std::ostream& err,
        Terminal terminal) {
  CLI::App app{"Looks at and changes a Viaduct appliance.", "viaduct"};
  std::string socket = Settings{}.control.socket;
  std::string output = "table";
  Command chosen;
  app.add_option("--socket", socket, "viaductd's socket")
      ->envname("VIADUCT_SOCKET")
      ->capture_default_str();
  app.add_option("-o,--output", output, "how answers are printed")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  app.set_version_flag("--version", std::string{version});
  app.require_subcommand(1);
  app.fallthrough();
  add_config_commands(app, chosen);
  add_runtime_commands(app, chosen);
  add_capture_command(app, chosen);
  add_history_commands(app, chosen);
  add_selftest_command(app, chosen);
  add_import_command(app, chosen);
  add_completion_command(app, chosen);
  app.footer(
      "Exit codes: 0 ok, 1 failure, 2 usage, 3 invalid document, 4 conflict or stale revision.");
  try {
    std::ranges::reverse(arguments);  // as CLI11 wants them
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& problem) {
    const auto unknown = app.remaining();
    if (app.get_subcommands().empty() && !unknown.empty()) {
      report(err, {Fault::malformed, "", "there is no command '" + unknown[0] + "'; see --help"});
      return ExitCode::usage;
    }
    return app.exit(problem, out, err) == 0 ? ExitCode::ok : ExitCode::usage;
  }
  Console console{.client = Client{socket},
                  .screen = {out, Style{terminal.has_colours}},
                  .wants_json = output == "json",
                  .is_terminal = terminal.is_one};
  if (const auto done = chosen(console); !done) {
    report(err, done.error());
    return exit_code_of(done.error().fault);
  }
  return ExitCode::ok;
}

}  // namespace viaduct::cli
