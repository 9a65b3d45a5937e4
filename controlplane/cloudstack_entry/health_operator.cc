#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "base/process.h"
#include "controlplane/cloudstack_entry/health.h"

namespace viaduct::cloudstack_entry {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view programs_directory = "/root/health_checks";
constexpr auto program_patience = 20s;
constexpr std::size_t most = 50;
constexpr std::size_t longest_message = 1024;

// Programs that others than root may write are not run.
bool may_run(const std::filesystem::path& file) {
  struct stat facts {};
  if (lstat(file.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) return false;
  const bool is_trusted = facts.st_uid == geteuid() && (facts.st_mode & (S_IWGRP | S_IWOTH)) == 0;
  return is_trusted && (facts.st_mode & S_IXUSR) != 0;
}

std::vector<std::filesystem::path> programs(const Site& site) {
  std::vector<std::filesystem::path> found;
  std::error_code problem;
  for (std::filesystem::directory_iterator each{site.path(programs_directory), problem}, end;
       !problem && each != end; each.increment(problem)) {
    if (may_run(each->path())) found.push_back(each->path());
  }
  std::ranges::sort(found);
  if (found.size() > most) found.resize(most);
  return found;
}

// 0 is good, 1 bad, 2 a warning, anything else unknown.
Outcome outcome_of(int status) {
  switch (status) {
    case 0:
      return Outcome::success;
    case 1:
      return Outcome::failed;
    case 2:
      return Outcome::warning;
    default:
      return Outcome::unknown;
  }
}

std::string message_of(std::string said) {
  if (said.size() > longest_message) said.resize(longest_message);
  while (!said.empty() && said.back() == '\n') said.pop_back();
  return said;
}

}  // namespace

std::vector<Check> run_operator_checks(const Site& site, std::string_view group) {
  std::vector<Check> checks;
  for (const auto& program : programs(site)) {
    const auto ran = run_and_listen({program.string(), std::string{group}}, program_patience);
    const std::string name = program.filename().string();
    if (!ran) {
      checks.push_back({name, Outcome::unknown, ran.error().why});
      continue;
    }
    if (ran->status == 0 && ran->out.empty()) continue;
    checks.push_back({name, outcome_of(ran->status), message_of(ran->out)});
  }
  return checks;
}

}  // namespace viaduct::cloudstack_entry
