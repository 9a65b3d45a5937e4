#include "controlplane/cli/commands.h"
#include "controlplane/cli/completion.h"

namespace viaduct::cli {
namespace {

constexpr std::string_view script =
    R"(# bash completion for viaduct, which itself knows what may come next
_viaduct() {
  local words=("${COMP_WORDS[@]:1:COMP_CWORD}")
  mapfile -t COMPREPLY < <("${COMP_WORDS[0]}" completion words -- "${words[@]}" 2>/dev/null)
  [[ ${COMPREPLY[0]} != *= ]] || compopt -o nospace
}
complete -o default -F _viaduct viaduct
)";

void print_candidates(const CLI::App& app, Console& console,
                      const std::vector<std::string>& typed) {
  std::vector<std::string> words = rejoined(typed);
  if (words.empty()) words.emplace_back();
  Completion line{app, console.client};
  for (std::size_t i = 0; i + 1 < words.size(); ++i) line.read(words[i]);
  for (const std::string& candidate : line.candidates(words.back())) {
    console.screen.out << candidate << "\n";
  }
}

}  // namespace

void add_completion_command(CLI::App& app, Command& chosen) {
  auto* command = app.add_subcommand("completion", "print a completion script for a shell");
  command->require_subcommand(1);
  command->add_subcommand("bash", "to be sourced by bash")->callback([&chosen] {
    chosen = [](Console& console) -> Result<void> {
      console.screen.out << script;
      return {};
    };
  });
  auto* words = command->add_subcommand("words", "what the last of these words may be");
  words->group("");
  auto typed = std::make_shared<std::vector<std::string>>();
  words->add_option("WORDS", *typed, "what was typed after the program's name");
  words->callback([&app, &chosen, typed] {
    chosen = [&app, typed](Console& console) -> Result<void> {
      print_candidates(app, console, *typed);
      return {};
    };
  });
}

}  // namespace viaduct::cli
