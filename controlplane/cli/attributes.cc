#include "controlplane/cli/attributes.h"

#include <algorithm>
#include <charconv>

namespace viaduct::cli {
namespace {

using api::Json;

// What is no value of its type stays text: viaductd refuses it in better words than ours.
Json read_scalar(std::string_view text, const std::string& type) {
  if (type == "boolean" && (text == "true" || text == "false")) return text == "true";
  if (type != "integer") return text;
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = problem == std::errc{} && end == text.data() + text.size();
  return is_number ? Json(number) : Json(text);
}

std::string list_of_names(const Json& properties) {
  std::string names;
  for (const auto& [name, property] : properties.items()) {
    names += (names.empty() ? "" : ", ") + name;
  }
  return names;
}

// "protocol=tcp" or "[sources=198.51.100.0/24,...]"
std::string usage_of(const std::string& name, const Json& property, bool is_required) {
  const bool is_list = property.value("type", "") == "array";
  const Json& one = is_list ? property["items"] : property;
  std::string value = "TEXT";
  if (one.contains("example")) {
    value = one["example"].get<std::string>();
  } else if (one.contains("enum")) {
    value.clear();
    for (const Json& choice : one["enum"]) {
      value += (value.empty() ? "" : "|") + choice.get<std::string>();
    }
  } else if (one.value("type", "") == "integer") {
    value = readable(one["minimum"]) + ".." + readable(one["maximum"]);
  }
  const std::string usage = name + "=" + value + (is_list ? ",..." : "");
  return is_required ? usage : "[" + usage + "]";
}

std::string help_of(const std::string& path, const Json& schema) {
  std::string text = path + "\n    " + schema.value("description", "") + "\n";
  const Json required = schema.value("required", Json::array());
  for (const auto& [name, property] : schema["properties"].items()) {
    const bool is_required = std::find(required.begin(), required.end(), name) != required.end();
    text += "      " + usage_of(name, property, is_required) + "\n          " +
            property.value("description", "") + "\n";
  }
  return text;
}

}  // namespace

Json read_value(std::string_view text, const Json& schema) {
  const std::string type = schema.value("type", "string");
  if (type != "array") return read_scalar(text, type);
  const std::string item_type = schema["items"].value("type", "string");
  Json list = Json::array();
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    list.push_back(read_scalar(text.substr(0, comma), item_type));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return list;
}

Result<Json> read_attributes(std::span<const std::string> words, const Json& schema) {
  Json body = Json::object();
  const Json& properties = schema["properties"];
  for (const std::string& word : words) {
    const auto equals = word.find('=');
    if (equals == std::string::npos) {
      return fail(Fault::malformed, "", "'" + word + "' is not of the form attribute=value");
    }
    const std::string name = word.substr(0, equals);
    if (!properties.contains(name)) {
      return fail(Fault::invalid, "/" + api::pointer_token(name),
                  "unknown attribute; there are " + list_of_names(properties));
    }
    const std::string value = word.substr(equals + 1);
    body[name] = value.empty() ? Json{} : read_value(value, properties[name]);
  }
  return body;
}

Json nest(const api::DocumentPath& path, Json body) {
  Json outermost;
  Json* innermost = &outermost;
  for (const std::string& step : path) innermost = &(*innermost)[step];
  *innermost = std::move(body);
  return outermost;
}

std::string readable(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null()) return "";
  if (!value.is_array()) return value.dump();
  std::string text;
  for (const Json& each : value) text += (text.empty() ? "" : ",") + readable(each);
  return text;
}

std::string attributes_help() {
  std::string text;
  const ApplianceDocument none;
  api::for_each_own(none, [&]<class R>(const api::Named<R>& /*all*/) {
    text += help_of(std::string{R::collection} + "/ID", api::schema<R>());
  });
  text += "routers/ROUTER\n    A router; it has no attributes of its own.\n";
  ApplianceRouter::for_each_type([&]<class R>() {
    text += help_of("routers/ROUTER/" + std::string{R::collection} + "/ID", api::schema<R>());
  });
  return text;
}

}  // namespace viaduct::cli
