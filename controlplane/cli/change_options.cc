#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <iterator>

#include "base/durable_file.h"
#include "controlplane/cli/commands.h"

namespace viaduct::cli {
namespace {

// Who runs us; empty if the system does not know.
std::string own_name() {
  passwd entry{};
  std::array<char, 4096> strings{};
  passwd* found = nullptr;
  const int problem = getpwuid_r(getuid(), &entry, strings.data(), strings.size(), &found);
  return problem == 0 && found != nullptr ? entry.pw_name : "";
}

}  // namespace

void ChangeOptions::add_to(CLI::App& command) {
  command.add_flag("--dry-run,-n", is_dry_run, "only tell what would change");
  command
      .add_option("--confirm-within", confirm_within,
                  "roll back by itself unless `viaduct confirm` comes in so many seconds")
      ->check(CLI::Range(1, 86400));
  command.add_option("--if-revision", if_revision, "refuse unless this is the current revision")
      ->check(revision_problem);
  command.add_option("--idempotency-key", idempotency_key,
                     "a repeated request with this key changes nothing more");
  command.add_option("--note", note, "a word for the history");
}

void ChangeOptions::apply_to(Call& call) const {
  if (is_dry_run) call.query["dry_run"] = "true";
  if (confirm_within) call.query["confirm_within"] = std::to_string(*confirm_within);
  if (!note.empty()) call.query["note"] = note;
  if (const std::string user = own_name(); !user.empty()) call.query["author"] = user;
  if (!if_revision.empty()) call.headers["If-Match"] = "\"" + if_revision + "\"";
  if (!idempotency_key.empty()) call.headers["Idempotency-Key"] = idempotency_key;
}

Result<std::string> read_file(const std::string& path) {
  const bool is_input = path == "-";
  std::string text =
      is_input ? std::string{std::istreambuf_iterator<char>{std::cin}, {}} : TRY(read_whole(path));
  if (const auto json = api::parse_json(text); !json) {
    return fail(json.error().fault, is_input ? "standard input" : path, json.error().why);
  }
  return text;
}

std::string revision_problem(const std::string& word) {
  const bool is_number = !word.empty() && word.size() <= 18 &&
                         std::ranges::all_of(word, [](char c) { return c >= '0' && c <= '9'; });
  return is_number ? "" : "'" + word + "' is no revision number";
}

}  // namespace viaduct::cli
