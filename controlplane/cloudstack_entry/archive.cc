#include "controlplane/cloudstack_entry/archive.h"

#include <filesystem>

namespace viaduct::cloudstack_entry {
namespace {

namespace fs = std::filesystem;

Result<std::string> place_for(const Site& site, const std::string& name) {
  const std::string directory = site.cached("processed");
  std::error_code problem;
  fs::create_directories(directory, problem);
  fs::permissions(directory, fs::perms::owner_all, problem);
  if (problem) return fail(Fault::failed, directory, problem.message());
  return directory + "/" + name;
}

Result<std::string> move_aside(const Site& site, const std::string& name) {
  std::string place = TRY(place_for(site, name));
  std::error_code problem;
  fs::rename(site.cached(name), place, problem);
  if (problem) return fail(Fault::failed, place, "cannot be archived: " + problem.message());
  return place;
}

}  // namespace

Result<void> archive(const Site& site, const std::string& name, std::string_view type) {
  const std::string place = TRY(move_aside(site, name));
  if (type == "vmpassword") {
    TRY(write_file(place, R"({"type":"vmpassword"})"
                          "\n"));
  }
  return run_to_end({"gzip", "--force", "--", place});
}

Result<void> archive_aggregate(const Site& site, const std::string& name) {
  TRY(move_aside(site, name));
  return {};
}

Result<void> discard(const Site& site, const std::string& name) {
  std::error_code problem;
  fs::remove(site.cached(name), problem);
  if (problem) return fail(Fault::failed, site.cached(name), problem.message());
  return {};
}

bool is_archived(const Site& site, const std::string& name) {
  std::error_code ignored;
  return fs::exists(site.cached("processed/" + name + ".gz"), ignored);
}

}  // namespace viaduct::cloudstack_entry
