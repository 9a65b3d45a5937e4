#include "controlplane/cloudstack_entry/archive.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "api/json.h"

namespace viaduct::cloudstack_entry {
namespace {

namespace fs = std::filesystem;

// Messages with passwords or private keys; of these only is archived that they came.
constexpr std::array<std::string_view, 6> secret_types{
    "bgppeers", "loadbalancer", "remoteaccessvpn", "site2sitevpn", "vmpassword", "vpnuserlist"};

bool bears_secrets(std::string_view type) {
  return std::ranges::find(secret_types, type) != secret_types.end();
}

std::string mere_type(std::string_view type) {
  return api::Json{{"type", type}}.dump();
}

Result<std::string> place_for(const Site& site, const std::string& name) {
  const std::string directory = site.cached("processed");
  std::error_code problem;
  fs::create_directories(directory, problem);
  fs::permissions(directory, fs::perms::owner_all, problem);
  if (problem) return fail(Fault::failed, directory, problem.message());
  return directory + "/" + name;
}

// A line of an aggregate as it may be kept.
std::string without_secrets(std::string line) {
  const auto names_it = [&](std::string_view type) { return line.find(type) != line.npos; };
  if (!line.starts_with('{') || std::ranges::none_of(secret_types, names_it)) return line;
  const auto content = api::parse_json(line);
  if (!content) return {};  // nobody knows what it holds
  const auto type = content->find("type");
  if (type == content->end() || !type->is_string()) return line;
  return bears_secrets(type->get<std::string>()) ? mere_type(type->get<std::string>()) : line;
}

std::string without_secrets_of_all(const std::string& text) {
  std::string kept;
  kept.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    kept += without_secrets(text.substr(at, end - at)) + "\n";
    at = end + 1;
  }
  return kept;
}

// Whether a file came in an aggregate that was archived.
bool is_in_aggregate(const Site& site, const std::string& name) {
  const std::string line = std::string{cache_directory} + "/" + name + "\n";
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator{site.cached("processed"), ignored}) {
    if (entry.path().extension() != ".cfg") continue;
    const auto text = read_file(entry.path());
    if (text && text->find(line) != text->npos) return true;
  }
  return false;
}

}  // namespace

Result<void> archive(const Site& site, const std::string& name, std::string_view type) {
  const std::string place = TRY(place_for(site, name));
  if (bears_secrets(type)) {
    TRY(write_file(place, mere_type(type) + "\n"));
    TRY(discard(site, name));
  } else {
    std::error_code problem;
    fs::rename(site.cached(name), place, problem);
    if (problem) return fail(Fault::failed, place, "cannot be archived: " + problem.message());
  }
  return run_to_end({"gzip", "--force", "--", place});
}

Result<void> archive_aggregate(const Site& site, const std::string& name) {
  const std::string text = TRY(read_file(site.cached(name)));
  const std::string place = TRY(place_for(site, name));
  TRY(write_file(place, without_secrets_of_all(text)));
  return discard(site, name);
}

Result<void> discard(const Site& site, const std::string& name) {
  std::error_code problem;
  fs::remove(site.cached(name), problem);
  if (problem) return fail(Fault::failed, site.cached(name), problem.message());
  return {};
}

bool is_archived(const Site& site, const std::string& name) {
  std::error_code ignored;
  return fs::exists(site.cached("processed/" + name + ".gz"), ignored) ||
         is_in_aggregate(site, name);
}

}  // namespace viaduct::cloudstack_entry
