#include "controlplane/cloudstack_entry/health.h"

#include <algorithm>
#include <array>
#include <utility>

#include "controlplane/cloudstack_entry/delivery.h"

namespace viaduct::cloudstack_entry {
namespace {

using api::Json;
using Record = HealthReference::Record;

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    if (end != 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

Record read_record(std::string_view text) {
  Record record;
  for (const std::string& pair : split(text, ',')) {
    const auto equals = pair.find('=');
    if (equals != std::string::npos) record[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return record;
}

void leave_out(std::vector<Check>& checks, const HealthReference& reference) {
  std::erase_if(checks, [&](const Check& check) { return reference.is_excluded(check.name); });
}

void append(std::vector<Check>& checks, std::vector<Check> more) {
  checks.insert(checks.end(), std::make_move_iterator(more.begin()),
                std::make_move_iterator(more.end()));
}

// What is at `path` of the API, or nothing there.
Json ask(Site& site, const char* path) {
  auto answer = site.client.ask({.method = "GET", .path = path});
  return answer ? *std::move(answer) : Json::object();
}

// The other member of a pair holds everything while redundancy is not applied.
bool is_backup(const Json& router, const Json& notes) {
  if (!router.value("interfaces", Json::object()).empty()) return false;
  return std::ranges::any_of(notes, [](const Json& note) {
    const Json about = note.value("about", Json::array());
    return note.value("note", "") == "not_applied" &&
           std::ranges::find(about, "cmdline.vr") != about.end();
  });
}

// Failing would have the server replace a router that does as well as it can.
void excuse_backup(std::vector<Check>& checks) {
  constexpr std::array<std::string_view, 4> idle{"dhcp_check.py", "dns_check.py",
                                                 "gateways_check.py", "iptables_check.py"};
  for (Check& check : checks) {
    if (check.outcome != Outcome::failed) continue;
    if (std::ranges::find(idle, check.name) == idle.end()) continue;
    check = {check.name, Outcome::unknown, "not applied yet: redundancy"};
  }
}

}  // namespace

HealthReference::HealthReference(Json message) : message_(std::move(message)) {}

std::string HealthReference::text(std::string_view name) const {
  const auto config = message_.value("health_checks_config", Json::object());
  const auto found = config.find(std::string{name});
  return found != config.end() && found->is_string() ? found->get<std::string>() : "";
}

std::vector<Record> HealthReference::records(std::string_view name) const {
  std::vector<Record> all;
  for (const std::string& each : split(text(name), ';')) {
    if (Record record = read_record(each); !record.empty()) all.push_back(std::move(record));
  }
  return all;
}

bool HealthReference::is_scheduled(std::string_view group) const {
  // Numbers and truths may be written as text.
  const auto is = [this](const std::string& name, std::string_view wanted) {
    const auto found = message_.find(name);
    if (found == message_.end()) return false;
    return (found->is_string() ? found->get<std::string>() : found->dump()) == wanted;
  };
  return !is("health_checks_enabled", "false") &&
         !is("health_checks_" + std::string{group} + "_run_interval", "0");
}

bool HealthReference::is_excluded(std::string_view check) const {
  const auto found = message_.find("excluded_health_checks");
  if (found == message_.end() || !found->is_string()) return false;
  auto names = split(found->get<std::string>(), ',');
  return std::ranges::any_of(names, [check](std::string name) {
    std::erase(name, ' ');
    return name == check || name + ".py" == check;
  });
}

std::vector<std::string> HealthReference::services() const {
  constexpr std::string_view key = "servicename=";
  std::vector<std::string> names;
  const auto config = message_.find("config");
  if (config == message_.end() || !config->is_string()) return names;
  for (const std::string& part : split(config->get<std::string>(), ':')) {
    if (part.starts_with(key)) names.push_back(part.substr(key.size()));
  }
  return names;
}

Check judge(std::string name, bool holds, std::string message) {
  return {std::move(name), holds ? Outcome::success : Outcome::failed, std::move(message)};
}

std::string value_in(const Record& record, std::string_view key) {
  const auto found = record.find(key);
  return found == record.end() ? "" : found->second;
}

CheckUp check_up(Site& site, const HealthReference& reference) {
  const auto status = site.client.ask({.method = "GET", .path = "/v1/status"});
  const Json config = ask(site, "/v1/config");
  const Json::json_pointer place{"/routers/" + std::string{router_id}};
  const Json router = config.contains(place) ? config[place] : Json::object();
  const Json notes = ask(site, "/v1/cloudstack").value("notes", Json::array());

  CheckUp seen{.basic = check_machine(site, reference),
               .advanced = check_configuration(reference, router, status, notes)};
  append(seen.basic, check_services(reference, status));
  append(seen.basic, run_operator_checks(site, "basic"));
  append(seen.advanced, run_operator_checks(site, "advanced"));
  if (is_backup(router, notes)) {
    excuse_backup(seen.basic);
    excuse_backup(seen.advanced);
  }
  leave_out(seen.basic, reference);
  leave_out(seen.advanced, reference);
  return seen;
}

}  // namespace viaduct::cloudstack_entry
