#include <algorithm>
#include <cctype>

#include "controlplane/cli/commands.h"
#include "controlplane/http/openapi.h"

namespace viaduct::cli {

std::string option_name(std::string name) {
  std::ranges::replace(name, '_', '-');
  return "--" + name;
}

std::string argument_name(std::string name) {
  for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

void add_parameters(CLI::App& command, const char* path, const std::shared_ptr<Query>& query,
                    std::string_view argument) {
  for (const api::Json& parameter : http::query_parameters(path)) {
    const auto name = parameter.value("name", "");
    const std::string names =
        option_name(name) + (name == argument ? "," + argument_name(name) : "");
    command.add_option_function<std::string>(
        names, [query, name](const std::string& value) { (*query)[name] = value; },
        parameter.value("description", ""));
  }
}

}  // namespace viaduct::cli
