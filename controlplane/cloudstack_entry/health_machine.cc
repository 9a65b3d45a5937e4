#include <fmt/format.h>
#include <sys/statvfs.h>

#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>
#include <thread>

#include "base/net.h"
#include "base/process.h"
#include "controlplane/cloudstack_entry/health.h"
#include "controlplane/cloudstack_entry/version.h"

namespace viaduct::cloudstack_entry {
namespace {

using namespace std::chrono_literals;

constexpr double mebibyte = 1 << 20;
constexpr auto glance = 200ms;      // how long the processors are looked at
constexpr auto ping_patience = 5s;  // one gateway
constexpr std::size_t most_gateways = 16;

std::optional<double> threshold(const HealthReference& reference, std::string_view key) {
  const auto records = reference.records("systemThresholds");
  if (records.empty()) return {};
  const std::string text = value_in(records.front(), key);
  double number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc{} ? std::optional{number} : std::nullopt;
}

Check check_disk(const Site& site, const HealthReference& reference) {
  struct statvfs disk {};
  const std::string where = site.path("/");
  if (statvfs(where.c_str(), &disk) != 0) return judge("disk_space_check.py", false, "no disk");
  const double free = static_cast<double>(disk.f_bavail) * static_cast<double>(disk.f_frsize);
  const double needed = threshold(reference, "minDiskNeeded").value_or(0);
  return judge("disk_space_check.py", free / mebibyte >= needed,
               fmt::format("{:.0f} MB are free, {:.0f} MB are needed", free / mebibyte, needed));
}

Check check_memory(const HealthReference& reference) {
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
  const double most = threshold(reference, "maxMemoryUsage").value_or(100);
  return judge("memory_usage_check.py", used <= most,
               fmt::format("{:.0f} % are used, {:.0f} % may be", used, most));
}

struct ProcessorTime {
  double idle = 0;
  double all = 0;
};

// The first line of /proc/stat: user, nice, system, idle, iowait and more, in ticks.
ProcessorTime processor_time() {
  std::ifstream file{"/proc/stat"};
  std::string name;
  ProcessorTime time;
  file >> name;
  double ticks = 0;
  for (int column = 0; column < 8 && file >> ticks; ++column) {
    time.all += ticks;
    if (column == 3 || column == 4) time.idle += ticks;
  }
  return time;
}

// A packet path that never sleeps keeps its processors busy with looking for packets.
Check check_processor(const HealthReference& reference) {
  const ProcessorTime before = processor_time();
  std::this_thread::sleep_for(glance);
  const ProcessorTime after = processor_time();
  const double all = after.all - before.all;
  const double used = all > 0 ? 100 * (1 - (after.idle - before.idle) / all) : 0;
  const double most = threshold(reference, "maxCpuUsage").value_or(100);
  return judge("cpu_usage_check.py", used <= most,
               fmt::format("{:.0f} % are used, {:.0f} % may be", used, most));
}

// Link-local addresses are those of the control network, which is the machine's own.
bool answers(const Site& site, const Address& gateway) {
  const bool is_control = parse_prefix("169.254.0.0/16").value().contains(gateway);
  const auto pinged = run_and_listen(
      inside_namespace(is_control ? "" : site.router_namespace,
                       {"ping", "-n", "-q", "-c", "3", "-i", "0.2", "-W", "1", to_string(gateway)}),
      ping_patience);
  return pinged && pinged->status == 0;
}

Check check_gateways(const Site& site, const HealthReference& reference) {
  std::string silent;
  std::size_t asked = 0;
  for (const auto& record : reference.records("gateways")) {
    std::istringstream words{value_in(record, "gatewaysIps")};
    for (std::string word; words >> word && asked < most_gateways;) {
      const auto gateway = parse_address(word);
      if (!gateway) continue;
      ++asked;
      if (!answers(site, *gateway)) silent += " " + word;
    }
  }
  return judge(
      "gateways_check.py", silent.empty(),
      silent.empty() ? fmt::format("all {} gateways answer", asked) : "no answer from" + silent);
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

// Both words of get_template_version.sh as the server had them when it last asked.
Check check_version(Site& site, const HealthReference& reference) {
  constexpr const char* name = "router_version_check.py";
  const auto records = reference.records("routerVersion");
  if (records.empty()) return judge(name, true, "nothing to compare with");
  const Version own = version_of(site);
  for (const auto& [key, is] :
       {std::pair{"templateVersion", own.release}, std::pair{"scriptsVersion", own.signature}}) {
    const std::string wanted = trimmed(value_in(records.front(), key));
    if (!wanted.empty() && wanted != is) {
      return judge(name, false, fmt::format("{} is '{}', not '{}'", key, is, wanted));
    }
  }
  return judge(name, true, own.release);
}

}  // namespace

std::vector<Check> check_machine(Site& site, const HealthReference& reference) {
  return {check_processor(reference), check_disk(site, reference), check_memory(reference),
          check_gateways(site, reference), check_version(site, reference)};
}

}  // namespace viaduct::cloudstack_entry
