#include "controlplane/cloudstack_entry/site.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/durable_file.h"

namespace viaduct::cloudstack_entry {
namespace {

constexpr std::string_view log_file = "/var/log/cloud.log";

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_';
}

void make_directories_above(const std::string& path) {
  std::error_code ignored;  // whoever writes the file learns of it
  std::filesystem::create_directories(std::filesystem::path{path}.parent_path(), ignored);
}

}  // namespace

bool is_file_name(std::string_view name) {
  return !name.empty() && name.front() != '.' && name.front() != '-' &&
         std::ranges::all_of(name, is_name_character);
}

bool is_short_number(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

Result<std::string> read_file(const std::string& path) {
  std::error_code problem;
  const auto size = std::filesystem::file_size(path, problem);
  if (problem == std::errc::no_such_file_or_directory) {
    return fail(Fault::not_found, path, "there is no such file");
  }
  if (problem) return fail(Fault::failed, path, "cannot be read: " + problem.message());
  if (size > largest_file) return fail(Fault::too_large, path, "is larger than 32 MiB");
  return read_whole(path);
}

Result<void> write_file(const std::string& path, std::string_view bytes) {
  make_directories_above(path);
  return write_durably(path, bytes);
}

void log(const Site& site, std::string_view line) {
  const std::string path = site.path(log_file);
  make_directories_above(path);
  const Descriptor file{
      open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR | S_IRGRP)};
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  const std::string entry = fmt::format("{:%F %T} {}\n", fmt::gmtime(now), line);
  [[maybe_unused]] const auto ignored = write(file.get(), entry.data(), entry.size());
}

int report(Site& site, const Error& error) {
  const std::string text = (error.where.empty() ? "" : error.where + ": ") + error.why;
  site.err << text << "\n";
  log(site, text);
  return 1;
}

}  // namespace viaduct::cloudstack_entry
