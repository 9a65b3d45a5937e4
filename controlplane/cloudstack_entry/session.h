#pragma once

#include "controlplane/cloudstack_entry/site.h"

namespace viaduct::cloudstack_entry {

constexpr int not_understood = 2;   // exit status of a command line that cannot be read
constexpr int no_such_entry = 127;  // exit status of one that names no entry point

// One SSH session, as a forced command sees it: runs the entry point that `command_line` names by
// its path, or transfers files by SCP or SFTP. No shell is involved, and nothing else is run.
// Returns the exit status.
int serve_session(Site& site, std::string_view command_line);

}  // namespace viaduct::cloudstack_entry
