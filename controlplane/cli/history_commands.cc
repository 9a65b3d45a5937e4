#include "controlplane/cli/commands.h"

namespace viaduct::cli {
namespace {

using api::Json;

void show_entry(const Screen& screen, const Json& entry) {
  show_history(screen, {{"revisions", Json::array({entry})}});
  screen.out << "\n";
  show_changes(screen, entry.value("changes", Json::array()));
}

void show_confirmed(const Screen& screen, const Json& answer) {
  screen.out << "revision " << answer.value("revision", 0U) << " is confirmed\n";
}

struct HistoryOptions {
  std::string revision;
  std::string limit = "20";
  ChangeOptions change;
};

void add_history(CLI::App& app, Command& chosen) {
  auto* command = app.add_subcommand("history", "list earlier revisions, or show one");
  auto options = std::make_shared<HistoryOptions>();
  command->add_option("REVISION", options->revision, "show what this one changed")
      ->check(revision_problem);
  command->add_option("--limit", options->limit, "newest so many")->capture_default_str();
  command->callback([&chosen, options] {
    chosen = [options](Console& console) -> Result<void> {
      Call call{.method = "GET", .path = "/v1/history"};
      if (options->revision.empty()) {
        call.query["limit"] = options->limit;
      } else {
        call.path += "/" + options->revision;
      }
      console.print(TRY(console.client.ask(call)),
                    options->revision.empty() ? show_history : show_entry);
      return {};
    };
  });
}

void add_rollback(CLI::App& app, Command& chosen) {
  auto* command = app.add_subcommand("rollback", "bring back the document of an earlier revision");
  auto options = std::make_shared<HistoryOptions>();
  command->add_option("REVISION", options->revision, "which; 0 is the empty document")
      ->required()
      ->check(revision_problem);
  options->change.add_to(*command);
  command->callback([&chosen, options] {
    chosen = [options](Console& console) -> Result<void> {
      Call call{.method = "POST", .path = "/v1/rollback/" + options->revision};
      options->change.apply_to(call);
      console.print(TRY(console.client.ask(call)), show_outcome);
      return {};
    };
  });
}

void add_confirm(CLI::App& app, Command& chosen) {
  auto* command =
      app.add_subcommand("confirm", "keep the change that was made with --confirm-within");
  command->callback([&chosen] {
    chosen = [](Console& console) -> Result<void> {
      console.print(TRY(console.client.ask({.method = "POST", .path = "/v1/confirm"})),
                    show_confirmed);
      return {};
    };
  });
}

}  // namespace

void add_history_commands(CLI::App& app, Command& chosen) {
  add_history(app, chosen);
  add_rollback(app, chosen);
  add_confirm(app, chosen);
}

}  // namespace viaduct::cli
