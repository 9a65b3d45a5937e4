#include "services/guest/dnsmasq/files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/errno_text.h"

namespace viaduct::dnsmasq {
namespace {

auto unreadable(const std::string& path, const std::string& why) {
  return fail(Fault::not_found, "", "cannot read " + path + ": " + why);
}

}  // namespace

Result<std::string> DiskFiles::read(const std::string& path) {
  std::error_code problem;
  if (std::filesystem::is_directory(path, problem)) return unreadable(path, "Is a directory");
  std::ifstream file{path, std::ios::binary};
  if (!file) return unreadable(path, errno_text());
  std::string text(largest_file + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return unreadable(path, errno_text());
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > largest_file) {
    return fail(Fault::too_large, "",
                path + " is larger than " + std::to_string(largest_file) + " bytes");
  }
  return text;
}

Result<std::vector<std::string>> DiskFiles::list(const std::string& path) {
  std::error_code problem;
  std::vector<std::string> names;
  std::filesystem::directory_iterator entry{path, problem};
  for (; !problem && entry != std::filesystem::directory_iterator{}; entry.increment(problem)) {
    std::error_code unknown;
    if (!entry->is_directory(unknown)) names.push_back(entry->path().filename());
  }
  if (problem) {
    return fail(Fault::not_found, "", "cannot access directory " + path + ": " + problem.message());
  }
  std::ranges::sort(names);
  return names;
}

std::string DiskFiles::identity(const std::string& path) {
  std::error_code problem;
  const auto canonical = std::filesystem::weakly_canonical(path, problem);
  return problem ? path : canonical.string();
}

}  // namespace viaduct::dnsmasq
