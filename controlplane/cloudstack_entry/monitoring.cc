#include <fmt/chrono.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>

#include "api/json.h"
#include "controlplane/cloudstack_entry/delivery.h"
#include "controlplane/cloudstack_entry/entry_points.h"

namespace viaduct::cloudstack_entry {
namespace {

using api::Json;
using Clock = std::chrono::system_clock;

constexpr std::string_view alert_log = "/var/log/routerServiceMonitor.log";
constexpr std::string_view time_form = "dddd-dd-dd dd:dd:dd";  // d for a digit
constexpr double mebibyte = 1 << 20;

bool is_time(std::string_view text) {
  return std::ranges::equal(text, time_form, [](char c, char wanted) {
    return wanted == 'd' ? c >= '0' && c <= '9' : c == wanted;
  });
}

enum class Outcome : unsigned char { success, failed };

struct Check {
  std::string name;
  Outcome outcome = Outcome::success;
  std::string message;
};

Check judge(std::string name, bool holds, std::string message) {
  return {std::move(name), holds ? Outcome::success : Outcome::failed, std::move(message)};
}

// "minDiskNeeded" of "minDiskNeeded=100.0,maxCpuUsage=100.0;".
std::optional<double> number_in(const Json& reference, const char* record, std::string_view key) {
  const auto found = reference.find(record);
  if (found == reference.end() || !found->is_string()) return {};
  const std::string text = *found;
  const auto at = text.find(std::string{key} + "=");
  if (at == std::string::npos) return {};
  const char* const begin = text.data() + at + key.size() + 1;
  double number = 0;
  const auto [end, problem] = std::from_chars(begin, text.data() + text.size(), number);
  return problem == std::errc{} ? std::optional{number} : std::nullopt;
}

// What the server gave us to compare with; nothing if it gave nothing.
Json reference_data(Site& site) {
  const auto contents = delivered(site);
  if (!contents) return Json::object();
  for (const auto& [id, content] : contents->items()) {
    if (id.starts_with("monitorservice") && content.is_object()) {
      return content.value("health_checks_config", Json::object());
    }
  }
  return Json::object();
}

Check check_disk(const Site& site, const Json& reference) {
  struct statvfs disk {};
  const std::string where = site.path("/");
  if (statvfs(where.c_str(), &disk) != 0) return judge("disk_space_check.py", false, "no disk");
  const double free = static_cast<double>(disk.f_bavail) * static_cast<double>(disk.f_frsize);
  const double needed = number_in(reference, "systemThresholds", "minDiskNeeded").value_or(0);
  return judge("disk_space_check.py", free / mebibyte >= needed,
               fmt::format("{:.0f} MB are free, {:.0f} MB are needed", free / mebibyte, needed));
}

Check check_memory(const Json& reference) {
  std::ifstream file{"/proc/meminfo"};
  double total = 0;
  double available = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words{line};
    std::string name;
    double kibibytes = 0;
    if (!(words >> name >> kibibytes)) continue;
    if (name == "MemTotal:") total = kibibytes;
    if (name == "MemAvailable:") available = kibibytes;
  }
  const double used = total > 0 ? 100 * (1 - available / total) : 0;
  const double most = number_in(reference, "systemThresholds", "maxMemoryUsage").value_or(100);
  return judge("memory_usage_check.py", used <= most,
               fmt::format("{:.0f} % are used, {:.0f} % may be", used, most));
}

struct Report {
  std::vector<Check> basic;
  std::vector<Check> advanced;
};

Report look(Site& site) {
  const Json reference = reference_data(site);
  Report seen{.basic = {check_disk(site, reference), check_memory(reference)}, .advanced = {}};
  const auto status = site.client.ask({.method = "GET", .path = "/v1/status"});
  if (!status) {
    seen.basic.push_back(judge("viaductd.service", false, status.error().why));
    return seen;
  }
  const Json dataplane = status->value("dataplane", Json::object());
  const std::string state = dataplane.value("state", "unknown");
  const std::string detail = dataplane.value("detail", "");
  seen.basic.push_back(judge("viaductd.service", true, "answers"));
  seen.basic.push_back(judge("viaduct-dataplane.service", state == "up",
                             state + (detail.empty() ? "" : ": " + detail)));
  const bool is_applied = status->value("applied", false);
  const auto revision = std::to_string(status->value("revision", std::uint64_t{0}));
  seen.advanced.push_back(
      judge("iptables_check.py", is_applied,
            "revision " + revision + (is_applied ? " is in force" : " is not in force")));
  return seen;
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

// One group of results, where all its checks were run between `start` and `end`.
Json results(const std::vector<Check>& checks, Clock::time_point start, Clock::time_point end) {
  const auto milliseconds = [](Clock::duration span) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(span).count());
  };
  Json group = Json::object();
  for (const Check& check : checks) {
    group[check.name] = {{"success", check.outcome == Outcome::success ? "SUCCESS" : "FAILED"},
                         {"lastUpdate", milliseconds(end.time_since_epoch())},
                         {"lastRunDuration", milliseconds(end - start)},
                         {"message", check.message}};
  }
  group["lastRun"] = {{"start", time_text(start)},
                      {"end", time_text(end)},
                      {"duration", milliseconds(end - start)}};
  return group;
}

std::string text_of(const Json& group) {
  return group.dump(-1, ' ', false, Json::error_handler_t::replace);
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

// Looking takes no time worth saving: results are always of now.
int monitor_results(Site& site, const Arguments& arguments) {
  if (arguments.size() != 1 || (arguments[0] != "true" && arguments[0] != "false")) {
    return report(site, {Fault::malformed, "", "usage: getRouterMonitorResults.sh true|false"});
  }
  const auto start = Clock::now();
  const Report seen = look(site);
  const auto end = Clock::now();
  site.out << "FAILING CHECKS:\n"
           << failing(seen.basic) << failing(seen.advanced) << "MONITOR RESULTS:\n{\"basic\":\n"
           << text_of(results(seen.basic, start, end)) << "\n,\"advanced\":\n"
           << text_of(results(seen.advanced, start, end)) << "\n}\n";
  return 0;
}

}  // namespace viaduct::cloudstack_entry
