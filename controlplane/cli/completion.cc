#include "controlplane/cli/completion.h"

#include <algorithm>

#include "controlplane/cli/commands.h"

namespace viaduct::cli {
namespace {

using api::Json;
using Words = std::vector<std::string>;

bool takes_value(const CLI::Option& option) {
  return option.get_items_expected_max() > 0;
}

// What a value of this option or argument is.
std::string subject_of(const CLI::Option& option) {
  if (option.get_lnames().empty()) return option.get_name(/*positional=*/true);
  return argument_name(option.get_lnames().front());
}

Json part_of(const Json& json, const std::string& name) {
  return json.value(name, Json::object());
}

Words names_in(const Json& object) {
  Words names;
  for (const auto& [name, value] : object.items()) names.push_back(name);
  return names;
}

void add_paths(const std::string& above, const Json& resources, Words& paths) {
  paths.push_back(above);
  for (const std::string& id : names_in(resources)) {
    paths.push_back(above);
    paths.back().append("/").append(id);
  }
}

}  // namespace

Words rejoined(const Words& words) {
  Words whole;
  bool goes_on = false;
  for (const std::string& word : words) {
    const bool is_joint = word == "=" && !whole.empty();
    if (is_joint || goes_on) {
      whole.back() += word;
    } else {
      whole.push_back(word);
    }
    goes_on = is_joint;
  }
  return whole;
}

void Completion::read(const std::string& word) {
  if (waiting_ != nullptr) {
    take(subject_of(*std::exchange(waiting_, nullptr)), word);
  } else if (word.starts_with("-")) {
    const auto equals = word.find('=');
    const CLI::Option* option = option_named(word.substr(0, equals));
    if (option == nullptr || !takes_value(*option)) return;
    if (equals == word.npos) {
      waiting_ = option;
    } else {
      take(subject_of(*option), word.substr(equals + 1));
    }
  } else if (const Words known = commands(); std::ranges::find(known, word) != known.end()) {
    command_ = command_->get_subcommand(word);
  } else if (const CLI::Option* argument = next_argument(); argument != nullptr) {
    given_.try_emplace(subject_of(*argument), word);
    ++arguments_;
  }
}

Words Completion::candidates(const std::string& begun) {
  const auto equals = begun.find('=');
  const std::string name = begun.substr(0, equals);
  Words all;
  if (waiting_ != nullptr) {
    all = values_of(subject_of(*waiting_));
  } else if (equals != begun.npos) {
    const CLI::Option* option = option_named(name);
    all = option != nullptr ? values_of(subject_of(*option)) : values_of_attribute(name);
  } else if (begun.starts_with("-")) {
    all = options();
  } else if (!commands().empty()) {
    all = commands();
  } else if (const CLI::Option* argument = next_argument(); argument != nullptr) {
    all = values_of(subject_of(*argument));
  }
  const std::string prefix = equals == begun.npos ? begun : begun.substr(equals + 1);
  std::erase_if(all, [&](const std::string& word) { return !word.starts_with(prefix); });
  return all;
}

const CLI::Option* Completion::option_named(const std::string& name) const {
  if (!name.starts_with("-")) return nullptr;
  const CLI::Option* own = command_->get_option_no_throw(name);
  return own != nullptr ? own : app_.get_option_no_throw(name);
}

// Of several arguments the last may be repeated.
const CLI::Option* Completion::next_argument() const {
  const auto arguments =
      command_->get_options([](const CLI::Option* option) { return option->get_positional(); });
  if (arguments.empty()) return nullptr;
  if (arguments_ < arguments.size()) return arguments[arguments_];
  return arguments.back()->get_items_expected_max() > 1 ? arguments.back() : nullptr;
}

void Completion::take(const std::string& subject, const std::string& value) {
  given_[subject] = value;
  if (subject == "SOCKET") client_ = Client{value};
}

Words Completion::options() const {
  Words names;
  for (const CLI::App* level : {command_, &app_}) {
    for (const CLI::Option* option : level->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
    if (command_ == &app_) break;
  }
  return names;
}

Words Completion::commands() const {
  Words names;
  for (const CLI::App* command : command_->get_subcommands([](const CLI::App* each) {
         return !each->get_group().empty();  // without one it is nothing to be typed
       })) {
    names.push_back(command->get_name());
  }
  return names;
}

Words Completion::values_of(const std::string& subject) {
  if (subject == "PATH") return paths();
  if (subject == "ATTRIBUTES") return attributes();
  if (subject == "ROUTER") return names_in(part_of(document(), "routers"));
  if (subject == "INTERFACE") return interfaces();
  if (subject == "PROTOCOL") return {"tcp", "udp", "icmp", "gre", "esp"};
  if (subject == "REVISION" || subject == "IF-REVISION") return revisions();
  if (subject == "OUTPUT") return {"table", "json"};
  return {};
}

Words Completion::values_of_attribute(const std::string& name) {
  const auto schema = api::schema_at<ApplianceDocument>(api::split_path(given_["PATH"]));
  if (!schema) return {};
  const Json attribute = part_of(part_of(*schema, "properties"), name);
  if (attribute.value("type", "") == "boolean") return {"true", "false"};
  return attribute.value("enum", Words{});
}

Words Completion::attributes() {
  const auto schema = api::schema_at<ApplianceDocument>(api::split_path(given_["PATH"]));
  if (!schema) return {};
  Words names = names_in(part_of(*schema, "properties"));
  for (std::string& name : names) name += "=";
  return names;
}

Words Completion::paths() {
  Words paths;
  const Json all = document();
  add_paths("ports", part_of(all, "ports"), paths);
  const Json routers = part_of(all, "routers");
  for (const auto& router : routers.items()) {
    const std::string below = "routers/" + router.key();
    paths.push_back(below);
    ApplianceRouter::for_each_type([&]<class R>() {
      std::string place = below;
      place.append("/").append(R::collection);
      add_paths(place, part_of(router.value(), std::string{R::collection}), paths);
    });
  }
  return paths;
}

// Those of the router that was named before; of every router if none was.
Words Completion::interfaces() {
  Words names;
  const std::string wanted = given_["ROUTER"];
  const Json routers = part_of(document(), "routers");
  for (const auto& [id, router] : routers.items()) {
    if (!wanted.empty() && id != wanted) continue;
    const Words own = names_in(part_of(router, "interfaces"));
    names.insert(names.end(), own.begin(), own.end());
  }
  return names;
}

Words Completion::revisions() {
  const auto history = client_.ask({.method = "GET", .path = "/v1/history"});
  if (!history) return {};
  Words numbers;
  const Json entries = history->value("revisions", Json::array());
  for (const Json& entry : entries) {
    numbers.push_back(entry.value("revision", Json{}).dump());
  }
  return numbers;
}

Json Completion::document() {
  return client_.ask({.method = "GET", .path = "/v1/config"}).value_or(Json::object());
}

}  // namespace viaduct::cli
