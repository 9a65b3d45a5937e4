#include <fmt/chrono.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "base/private_directory.h"
#include "controlplane/cloudstack_entry/entry_points.h"

namespace viaduct::cloudstack_entry {
namespace {

using namespace std::chrono_literals;

// The server gives up by then.
constexpr auto patience = 60s;
constexpr std::array<std::string_view, 5> tools{"ping", "ping6", "traceroute", "traceroute6",
                                                "arping"};
constexpr std::string_view reports = "/root";
constexpr std::string_view report_prefix = "diagnostics_files_";
// Where files may be collected from.
constexpr std::array<std::string_view, 2> open_directories{"/var/log/", "/var/cache/cloud/"};
constexpr std::uintmax_t most_collected = std::uintmax_t{256} << 20;  // bytes of one file

// What a keyword of a collection stands for, run in the router's namespace.
const std::map<std::string, Arguments, std::less<>>& keywords() {
  static const std::map<std::string, Arguments, std::less<>> table{
      {"iptables", {"nft", "list", "ruleset"}},
      {"[iptables.rules]", {"nft", "list", "ruleset"}},
      {"ipaddr", {"ip", "address"}},
      {"iprule", {"ip", "rule"}},
      {"iproute", {"ip", "route", "show", "table", "all"}},
  };
  return table;
}

// Writes what a keyword stands for into a file of `directory`. What a tool complains about is part
// of it.
Result<std::string> collect_output(const Site& site, const std::string& keyword,
                                   const Arguments& tool, const PrivateDirectory& directory) {
  const auto said = TRY(run_and_listen(inside_namespace(site.router_namespace, tool), patience));
  std::string name = keyword;
  std::erase_if(name, [](char c) { return c == '[' || c == ']'; });
  std::string file = directory.file(name + ".txt");
  TRY(write_file(file, said.out + said.err));
  return file;
}

// The file, if it is one that may be collected; links lead nowhere.
std::optional<std::string> collectable(const Site& site, const std::string& path) {
  const bool is_open = std::ranges::any_of(
      open_directories, [&](std::string_view directory) { return path.starts_with(directory); });
  if (!is_open) return {};
  std::error_code problem;
  const std::filesystem::path real = std::filesystem::canonical(site.path(path), problem);
  const auto top = std::filesystem::canonical(site.root.empty() ? "/" : site.root, problem);
  if (problem || real != top / std::filesystem::path{path}.relative_path()) return {};
  if (!is_regular_file(real, problem) || file_size(real, problem) > most_collected) return {};
  return real.string();
}

// In a zip without directories one name is one file: another one goes by its whole path.
Result<std::string> named_apart(std::string file, std::string path, std::set<std::string>& names,
                                const PrivateDirectory& directory) {
  if (names.insert(std::filesystem::path{file}.filename()).second) return file;
  std::ranges::replace(path, '/', '_');
  std::error_code problem;
  std::string copy = directory.file(path);
  std::filesystem::copy_file(file, copy, std::filesystem::copy_options::overwrite_existing,
                             problem);
  if (problem) return fail(Fault::failed, file, "cannot be copied: " + problem.message());
  return copy;
}

Result<std::string> collect(Site& site, const Arguments& wanted) {
  const PrivateDirectory directory = TRY(PrivateDirectory::make());
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::string report =
      fmt::format("{}/{}{:%Y%m%d%H%M%S}.zip", reports, report_prefix, fmt::gmtime(now));
  std::error_code problem;
  std::filesystem::create_directories(site.path(reports), problem);
  Arguments zip{"zip", "--quiet", "--junk-paths", site.path(report)};
  const std::size_t without_files = zip.size();
  std::set<std::string> names;
  for (const std::string& each : wanted) {
    if (const auto keyword = keywords().find(each); keyword != keywords().end()) {
      auto output = TRY(collect_output(site, each, keyword->second, directory));
      zip.push_back(TRY(named_apart(std::move(output), each, names, directory)));
    } else if (auto file = collectable(site, each)) {
      zip.push_back(TRY(named_apart(*std::move(file), each, names, directory)));
    } else {
      log(site, "get_diagnostics_files.py: " + each + " cannot be collected");
    }
  }
  if (zip.size() == without_files) {
    return fail(Fault::not_found, "", "nothing of that can be collected");
  }
  TRY(run_to_end(zip));
  std::filesystem::permissions(
      site.path(report), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write,
      problem);
  return report;
}

}  // namespace

int diagnose(Site& site, const Arguments& arguments) {
  if (arguments.empty() || std::ranges::find(tools, arguments[0]) == tools.end()) {
    return report(site, {Fault::malformed, "",
                         "usage: diagnostics.py ping|ping6|traceroute|traceroute6|arping "
                         "ARGUMENT..."});
  }
  const auto said = run_and_listen(inside_namespace(site.router_namespace, arguments), patience);
  if (!said) return report(site, said.error());
  site.out << said->out << "&&\n" << said->err << "&&\n" << said->status << "\n";
  return 0;
}

int collect_diagnostics(Site& site, const Arguments& arguments) {
  const auto made = collect(site, arguments);
  if (!made) return report(site, made.error());
  site.out << *made << "\n";
  return 0;
}

int clean_up(Site& site, const Arguments& arguments) {
  const std::string start = std::string{reports} + "/" + std::string{report_prefix};
  if (arguments.size() != 1 || !arguments[0].starts_with(start) ||
      !is_file_name(arguments[0].substr(reports.size() + 1))) {
    return report(site, {Fault::malformed, "", "usage: cleanup.sh " + start + "TIME.zip"});
  }
  std::error_code problem;
  if (!std::filesystem::remove(site.path(arguments[0]), problem)) {
    return report(site, {Fault::not_found, arguments[0],
                         problem ? problem.message() : "there is no such file"});
  }
  site.out << arguments[0] << " is deleted\n";
  return 0;
}

}  // namespace viaduct::cloudstack_entry
