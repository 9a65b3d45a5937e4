#include "controlplane/cli/attributes.h"
#include "controlplane/cli/render.h"

namespace viaduct::cli {
namespace {

using api::Json;

void show_collection(const Screen& screen, const api::DocumentPath& path, const Json& resources) {
  const auto schema = api::schema_at<ApplianceDocument>(path);
  if (!schema) return;
  std::vector<std::string> headings{"id"};
  for (const auto& [name, property] : (*schema)["properties"].items()) {
    for (const auto& [id, resource] : resources.items()) {
      if (!resource.contains(name)) continue;
      headings.push_back(name);
      break;
    }
  }
  Table table{headings};
  for (const auto& [id, resource] : resources.items()) {
    std::vector<std::string> row{id};
    for (std::size_t i = 1; i < headings.size(); ++i) {
      row.push_back(readable(resource.value(headings[i], Json{})));
    }
    table.add(std::move(row));
  }
  table.print(screen.out, screen.style);
}

void show_section(const Screen& screen, const api::DocumentPath& path, const Json& resources) {
  std::string title;
  for (const std::string& step : path) title += (title.empty() ? "" : "/") + step;
  screen.out << screen.style.paint(Tone::heading, title) << "\n";
  show_collection(screen, path, resources);
  screen.out << "\n";
}

void show_router(const Screen& screen, const std::string& id, const Json& router) {
  if (router.empty()) screen.out << "routers/" << id << " has no resources\n\n";
  for (const auto& [collection, resources] : router.items()) {
    show_section(screen, {"routers", id, collection}, resources);
  }
}

void show_attributes(const Screen& screen, const Json& resource) {
  Table table{{"attribute", "value"}};
  for (const auto& [name, value] : resource.items()) table.add({name, readable(value)});
  table.print(screen.out, screen.style);
}

// "protocol=tcp public=..." of a resource that is added or removed.
std::string attributes_of(const Json& resource) {
  std::string text;
  for (const auto& [name, value] : resource.items()) text += "  " + name + "=" + readable(value);
  return text;
}

// "  ports: 80 -> 81" for each attribute that differs.
std::string differences_of(const Json& before, const Json& after) {
  const auto shown = [](const Json& resource, const std::string& name) {
    return resource.contains(name) ? readable(resource[name]) : std::string{"(default)"};
  };
  Json both = before;
  both.update(after);
  std::string text;
  for (const auto& [name, value] : both.items()) {
    if (before.value(name, Json{}) == after.value(name, Json{})) continue;
    text += "  " + name + ": " + shown(before, name) + " -> " + shown(after, name);
  }
  return text;
}

}  // namespace

void show_config(const Screen& screen, const api::DocumentPath& path, const Json& found) {
  const bool is_own = !path.empty() && path[0] != "routers";
  if (path.size() == 4 || (path.size() == 2 && is_own)) return show_attributes(screen, found);
  if (path.size() == 3 || (path.size() == 1 && is_own)) {
    return show_collection(screen, path, found);
  }
  if (path.size() == 2) return show_router(screen, path[1], found);
  const bool is_document = path.empty();
  if (is_document && found.contains("ports")) show_section(screen, {"ports"}, found["ports"]);
  const Json routers = is_document ? found.value("routers", Json::object()) : found;
  for (const auto& [id, router] : routers.items()) show_router(screen, id, router);
  if (found.empty()) screen.out << "nothing is configured\n";
}

void show_changes(const Screen& screen, const Json& changes) {
  for (const Json& change : changes) {
    const std::string op = change.value("op", "");
    const std::string path = change.value("path", "");
    const Json before = change.value("before", Json::object());
    const Json after = change.value("after", Json::object());
    if (op == "add") {
      screen.out << screen.style.paint(Tone::added, "+ " + path) << attributes_of(after) << "\n";
    } else if (op == "remove") {
      screen.out << screen.style.paint(Tone::removed, "- " + path) << attributes_of(before) << "\n";
    } else {
      screen.out << screen.style.paint(Tone::changed, "~ " + path) << differences_of(before, after)
                 << "\n";
    }
  }
  if (changes.empty()) screen.out << "no changes\n";
}

void show_outcome(const Screen& screen, const Json& outcome) {
  show_changes(screen, outcome.value("changes", Json::array()));
  if (!outcome.contains("applied")) {
    const Json sessions = outcome.value("sessions", Json{});
    if (sessions.is_object()) {
      screen.out << "would cut " << readable(sessions.value("cut", Json{0})) << " of "
                 << readable(sessions.value("live", Json{0})) << " live sessions\n";
    } else {
      screen.out << "the data plane is away, so nobody can tell how many sessions it would cut\n";
    }
    return;
  }
  screen.out << "revision " << readable(outcome.value("revision", Json{}));
  screen.out << (outcome.value("applied", false)
                     ? "\n"
                     : ", not applied yet: the data plane is away and gets it when it is back\n");
  const Json ports = outcome.value("ports", Json::object());
  for (const auto& [id, port] : ports.items()) {
    if (port.value("state", "") == "up") continue;
    screen.out << "port " << id << " is " << port.value("state", "?") << ": "
               << port.value("detail", "") << "\n";
  }
}

}  // namespace viaduct::cli
