#include "controlplane/reference.h"

#include <algorithm>

#include "controlplane/document.h"

namespace viaduct {
namespace {

using api::Json;

// What an attribute may hold, in words.
std::string values_of(const Json& schema) {
  const std::string type = schema.value("type", "");
  if (type == "array") return "a list, each " + values_of(schema["items"]);
  if (type == "object") return "an object";
  if (type == "boolean") return "`true`, `false`";
  if (type == "integer") return schema["minimum"].dump() + " to " + schema["maximum"].dump();
  if (schema.contains("example")) return "such as `" + schema.value("example", "") + "`";
  std::string choices;
  for (const Json& choice : schema.value("enum", Json::array())) {
    choices += (choices.empty() ? "`" : ", `") + choice.get<std::string>() + "`";
  }
  return choices.empty() ? "text" : choices;
}

std::string default_of(const std::string& name, const Json& schema) {
  const Json required = schema.value("required", Json::array());
  if (std::ranges::find(required, Json(name)) != required.end()) return "must be given";
  const Json& attribute = schema["properties"][name];
  return attribute.contains("default") ? "`" + attribute["default"].dump() + "`" : "";
}

std::string section(const std::string& path, const Json& schema) {
  std::string text = "\n## " + path + "\n\n" + schema.value("description", "") + "\n\n";
  text += "| attribute | values | default | meaning |\n|---|---|---|---|\n";
  for (const auto& [name, attribute] : schema["properties"].items()) {
    text += "| `" + name + "` | " + values_of(attribute) + " | " + default_of(name, schema) +
            " | " + attribute.value("description", "") + " |\n";
  }
  return text;
}

}  // namespace

std::string reference_text() {
  std::string text =
      "# The resources of the document\n\nMade by `viaductd --reference` from the declarations in "
      "the code. [api.md](api.md) explains the document.\n";
  const ApplianceDocument none;
  api::for_each_own(none, [&]<class R>(const api::Named<R>& /*all*/) {
    text += section(std::string{R::collection} + "/ID", api::schema<R>());
  });
  ApplianceRouter::for_each_type([&]<class R>() {
    text += section("routers/ROUTER/" + std::string{R::collection} + "/ID", api::schema<R>());
  });
  return text;
}

}  // namespace viaduct
