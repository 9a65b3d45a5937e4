#include "controlplane/cli/commands.h"

namespace viaduct::cli {
namespace {

using api::Json;

// Asks `viaduct completion` itself for what depends on the configuration and the declarations.
constexpr std::string_view script = R"(# bash completion for viaduct
_viaduct() {
  local current=${COMP_WORDS[COMP_CWORD]} command="" word
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -* ]] || { command=$word; break; }
  done
  local words=""
  case $command in
    "") words="@commands@" ;;
    show|delete) words=$(viaduct completion paths 2>/dev/null) ;;
    set)
      if ((COMP_CWORD > 2)); then
        words=$(viaduct completion attributes "${COMP_WORDS[2]}" 2>/dev/null)
        compopt -o nospace
      else
        words=$(viaduct completion paths 2>/dev/null)
      fi ;;
    apply|diff) compopt -o default; return ;;
    completion) words="bash" ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _viaduct viaduct
)";

void print_script(const CLI::App& app, std::ostream& out) {
  std::string commands;
  for (const CLI::App* command : app.get_subcommands({})) {
    commands += (commands.empty() ? "" : " ") + command->get_name();
  }
  std::string text{script};
  constexpr std::string_view mark = "@commands@";
  out << text.replace(text.find(mark), mark.size(), commands);
}

Result<void> print_paths(Console& console) {
  const Json document = TRY(console.client.ask({.method = "GET", .path = "/v1/config"}));
  const auto line = [&](const std::string& path) { console.screen.out << path << "\n"; };
  line("ports");
  const Json ports = document.value("ports", Json::object());
  for (const auto& [id, port] : ports.items()) line("ports/" + id);
  const Json routers = document.value("routers", Json::object());
  for (const auto& router : routers.items()) {
    const std::string below = "routers/" + router.key();
    line(below);
    Router::for_each_type([&]<class R>() {
      const std::string collection = below + "/" + std::string{R::collection};
      line(collection);
      const Json resources = router.value().value(std::string{R::collection}, Json::object());
      for (const auto& [id, resource] : resources.items()) line(collection + "/" + id);
    });
  }
  return {};
}

Result<void> print_attributes(Console& console, const std::string& path) {
  const Json schema = TRY(schema_at(split_path(path)));
  for (const auto& [name, property] : schema["properties"].items()) {
    console.screen.out << name << "=\n";
  }
  return {};
}

}  // namespace

void add_completion_command(CLI::App& app, Command& chosen) {
  auto* command = app.add_subcommand("completion", "print a completion script for a shell");
  command->require_subcommand(1);
  command->add_subcommand("bash", "to be sourced by bash")->callback([&app, &chosen] {
    chosen = [&app](Console& console) -> Result<void> {
      print_script(app, console.screen.out);
      return {};
    };
  });
  command->add_subcommand("paths", "places in the configuration")->callback([&chosen] {
    chosen = print_paths;
  });
  auto* attributes = command->add_subcommand("attributes", "attributes of a resource type");
  auto path = std::make_shared<std::string>();
  attributes->add_option("PATH", *path, "such as routers/red/port_forwards/web")->required();
  attributes->callback([&chosen, path] {
    chosen = [path](Console& console) { return print_attributes(console, *path); };
  });
}

}  // namespace viaduct::cli
