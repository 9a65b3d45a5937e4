#include <fmt/chrono.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "api/json.h"
#include "controlplane/cloudstack_entry/delivery.h"
#include "controlplane/cloudstack_entry/entry_points.h"
#include "controlplane/cloudstack_entry/health.h"

namespace viaduct::cloudstack_entry {
namespace {

using api::Json;
using Clock = std::chrono::system_clock;

constexpr std::string_view alert_log = "/var/log/routerServiceMonitor.log";
constexpr std::string_view time_form = "dddd-dd-dd dd:dd:dd";  // d for a digit

bool is_time(std::string_view text) {
  return std::ranges::equal(text, time_form, [](char c, char wanted) {
    return wanted == 'd' ? c >= '0' && c <= '9' : c == wanted;
  });
}

constexpr std::string_view failing_file = "/var/lib/viaduct/cloudstack-failing";
constexpr std::uintmax_t longest_log = std::uintmax_t{1} << 20;  // bytes

// What the server told us to watch; nothing if it told nothing.
HealthReference reference_of(Site& site) {
  const auto contents = delivered(site);
  if (contents) {
    for (const auto& [id, content] : contents->items()) {
      if (id.starts_with("monitorservice") && content.is_object()) return HealthReference{content};
    }
  }
  return HealthReference{Json::object()};
}

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::success:
      return "SUCCESS";
    case Outcome::failed:
      return "FAILED";
    case Outcome::warning:
      return "WARNING";
    case Outcome::unknown:
      return "UNKNOWN";
  }
  return "UNKNOWN";
}

std::string failing(const std::vector<Check>& checks) {
  std::string names;
  for (const Check& check : checks) {
    if (check.outcome == Outcome::failed) names += (names.empty() ? "" : ",") + check.name;
  }
  return names.empty() ? "" : names + "\n";
}

std::string time_text(Clock::time_point time) {
  return fmt::format("{:%F %T}", fmt::gmtime(Clock::to_time_t(time)));
}

// As the log of alerts has it, with milliseconds.
std::string alert_time(Clock::time_point time) {
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count() % 1000;
  return time_text(time) + fmt::format(",{:03}", milliseconds);
}

std::string one_line(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text;
}

// One group of results, where all its checks were run between `start` and `end`.
Json results(const std::vector<Check>& checks, Clock::time_point start, Clock::time_point end) {
  const auto milliseconds = [](Clock::duration span) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(span).count());
  };
  Json group = Json::object();
  for (const Check& check : checks) {
    group[check.name] = {{"success", name_of(check.outcome)},
                         {"lastUpdate", milliseconds(end.time_since_epoch())},
                         {"lastRunDuration", milliseconds(end - start)},
                         {"message", check.message}};
  }
  group["lastRun"] = {{"start", time_text(start)},
                      {"end", time_text(end)},
                      {"duration", milliseconds(end - start)}};
  return group;
}

std::string results_as_text(const Json& group) {
  return group.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Adds a line for each check that begins or ceases to fail to the log that alerts are told from.
// What cannot be written there is lost.
void remember_failing(const Site& site, const std::vector<Check>& checks, Clock::time_point now) {
  std::set<std::string> before;
  std::istringstream lines{read_file(site.path(failing_file)).value_or("")};
  for (std::string line; std::getline(lines, line);) before.insert(line);
  std::string failing;
  std::string news;
  const std::string time = alert_time(now);
  for (const Check& check : checks) {
    const bool failed = check.outcome == Outcome::failed;
    if (failed) failing += check.name + "\n";
    if (failed != before.contains(check.name)) {
      news += time + " [INFO] [Alert] " + check.name +
              (failed ? " fails: " + one_line(check.message) : " succeeds again") + "\n";
    }
  }
  if (news.empty()) return;
  if (const auto kept = write_file(site.path(failing_file), failing); !kept) {
    log(site, kept.error().where + ": " + kept.error().why);
  }
  const std::string file = site.path(alert_log);
  std::error_code problem;
  std::filesystem::create_directories(std::filesystem::path{file}.parent_path(), problem);
  if (std::filesystem::file_size(file, problem) > longest_log && !problem) {
    std::filesystem::rename(file, file + ".1", problem);
  }
  std::ofstream{file, std::ios::app} << news;
}

}  // namespace

int alerts(Site& site, const Arguments& arguments) {
  const std::string since =
      arguments.size() == 2 ? arguments[0] + " " + arguments[1] : std::string{};
  if (!is_time(since)) {
    return report(site, {Fault::malformed, "", "usage: getRouterAlerts.sh YYYY-MM-DD HH:MM:SS"});
  }
  const auto text = read_file(site.path(alert_log));
  if (!text && text.error().fault != Fault::not_found) return report(site, text.error());
  std::istringstream lines{text.value_or("")};
  std::string newer;
  for (std::string line; std::getline(lines, line);) {
    const std::string_view time = std::string_view{line}.substr(0, time_form.size());
    if (is_time(time) && line[time.size()] == ',' && time > since) newer += line + "\\n";
  }
  site.out << (newer.empty() ? "No Alerts" : newer) << "\n";
  return 0;
}

// Results are always of now; a group that the server wants no results of at its times has some only
// when it asks for them.
int monitor_results(Site& site, const Arguments& arguments) {
  if (arguments.size() != 1 || (arguments[0] != "true" && arguments[0] != "false")) {
    return report(site, {Fault::malformed, "", "usage: getRouterMonitorResults.sh true|false"});
  }
  const HealthReference reference = reference_of(site);
  const auto start = Clock::now();
  CheckUp seen = check_up(site, reference);
  const auto end = Clock::now();
  std::vector<Check> all = seen.basic;
  all.insert(all.end(), seen.advanced.begin(), seen.advanced.end());
  remember_failing(site, all, end);

  const bool is_asked_for = arguments[0] == "true";
  const bool has_basic = is_asked_for || reference.is_scheduled("basic");
  const bool has_advanced = is_asked_for || reference.is_scheduled("advanced");
  const Json none = Json::object();
  site.out << "FAILING CHECKS:\n"
           << (has_basic ? failing(seen.basic) : "") << (has_advanced ? failing(seen.advanced) : "")
           << "MONITOR RESULTS:\n{\"basic\":\n"
           << results_as_text(has_basic ? results(seen.basic, start, end) : none)
           << "\n,\"advanced\":\n"
           << results_as_text(has_advanced ? results(seen.advanced, start, end) : none) << "\n}\n";
  return 0;
}

}  // namespace viaduct::cloudstack_entry
