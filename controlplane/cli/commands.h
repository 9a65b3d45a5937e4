#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>

#include "controlplane/cli/client.h"
#include "controlplane/cli/render.h"

namespace viaduct::cli {

// What a command works with.
struct Console {
  Client client;
  Screen screen;
  bool wants_json = false;
  bool is_terminal = false;  // where the screen's text goes

  // Prints an answer: as JSON if that was asked for, else by `show`.
  void print(const api::Json& answer, void (*show)(const Screen&, const api::Json&)) const {
    if (wants_json) {
      screen.out << answer.dump(2) << "\n";
    } else {
      show(screen, answer);
    }
  }
};

using Command = std::function<Result<void>(Console& console)>;

// Each adds subcommands, which put what they are to do into `chosen` once they are parsed.
void add_config_commands(CLI::App& app, Command& chosen);   // show set delete apply diff
void add_history_commands(CLI::App& app, Command& chosen);  // history rollback confirm
void add_runtime_commands(CLI::App& app,
                          Command& chosen);  // status sessions leases counters services explain
void add_capture_command(CLI::App& app, Command& chosen);
void add_selftest_command(CLI::App& app, Command& chosen);
void add_completion_command(CLI::App& app, Command& chosen);
void add_import_command(CLI::App& app, Command& chosen);

// --snap-length for snap_length, and SNAP_LENGTH where it is an argument.
std::string option_name(std::string name);
std::string argument_name(std::string name);

// The query parameters that GET has at this path, as options that put their values into `query`.
// One of them may also be given without its name, as an argument.
void add_parameters(CLI::App& command, const char* path, const std::shared_ptr<Query>& query,
                    std::string_view argument = {});

// Options that go with every change.
struct ChangeOptions {
  bool is_dry_run = false;
  std::optional<unsigned> confirm_within;  // seconds
  std::string if_revision;
  std::string idempotency_key;
  std::string note;

  void add_to(CLI::App& command);
  // Puts them into `call`.
  void apply_to(Call& call) const;
};

// The JSON text in a file, or on standard input if it is "-".
Result<std::string> read_file(const std::string& path);

// For CLI11: what is wrong with a word that should be a revision; empty if it is one.
std::string revision_problem(const std::string& word);

}  // namespace viaduct::cli
