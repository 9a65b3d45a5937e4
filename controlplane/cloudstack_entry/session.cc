#include "controlplane/cloudstack_entry/session.h"

#include "controlplane/cloudstack_entry/command_line.h"
#include "controlplane/cloudstack_entry/entry_points.h"
#include "controlplane/cloudstack_entry/transfer.h"

namespace viaduct::cloudstack_entry {
namespace {

constexpr std::string_view entry_directory = "/opt/cloud/bin/";
constexpr std::string_view patch_script = "/var/cache/cloud/patch-sysvms.sh";
// What sshd makes of a request for its SFTP subsystem.
constexpr std::string_view sftp_subsystem = "internal-sftp";

// The entry point that a path names; the files there are never looked at.
const EntryPoint* entry_at(std::string_view path) {
  if (path == patch_script) return find_entry_point("patch-sysvms.sh");
  if (!path.starts_with(entry_directory)) return nullptr;
  return find_entry_point(path.substr(entry_directory.size()));
}

}  // namespace

int serve_session(Site& site, std::string_view command_line) {
  auto words = split_command_line(command_line);
  if (!words) {
    site.err << words.error().why << "\n";
    log(site, "a session was refused: " + words.error().why);
    return not_understood;
  }
  if (words->empty()) {
    site.err << "this account runs the entry points in " << entry_directory << " only\n";
    return not_understood;
  }
  const std::string program = words->front();
  if (program == sftp_subsystem) return transfer_by_sftp(site);
  if (program == "scp") return transfer_by_scp(site, *words);
  const EntryPoint* const entry = entry_at(program);
  if (entry == nullptr) {
    site.err << program << ": is no entry point of this appliance\n";
    log(site, "a session was refused: there is no entry point " + program);
    return no_such_entry;
  }
  words->erase(words->begin());
  return entry->run(site, *words);
}

}  // namespace viaduct::cloudstack_entry
