#pragma once

#include "controlplane/cloudstack_entry/site.h"

// Files by SCP and SFTP: OpenSSH's own programs, in a view of the file system where only
// /var/cache/cloud can be written, and of the rest only /root (reports of diagnostics) and /usr can
// be seen. The program takes the place of the caller: these functions return, with an exit status,
// only if it cannot be started. They need CAP_SYS_ADMIN.
namespace viaduct::cloudstack_entry {

// `words` is the command line of the remote end of SCP: "scp -t DIRECTORY" or "scp -f FILE", with
// -d, -p, -q, -r and -v as they are liked.
int transfer_by_scp(Site& site, const Arguments& words);
int transfer_by_sftp(Site& site);

// Whether `words` is such a command line.
[[nodiscard]] bool is_scp_end(const Arguments& words);

}  // namespace viaduct::cloudstack_entry
