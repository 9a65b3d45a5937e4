#include "dataplane/runtime/network_namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "base/errno_text.h"
#include "base/framing.h"

namespace viaduct::runtime {

Result<void> inside(const std::string& network_namespace,
                    const std::function<Result<void>()>& work) {
  if (network_namespace.empty()) return work();
  Result<void> outcome;
  std::thread{[&] {
    const Descriptor there{open(("/run/netns/" + network_namespace).c_str(), O_RDONLY | O_CLOEXEC)};
    if (there.get() < 0 || setns(there.get(), CLONE_NEWNET) != 0) {
      outcome = fail(Fault::not_found, "",
                     "network namespace '" + network_namespace + "': " + errno_text());
      return;
    }
    outcome = work();
  }}.join();
  return outcome;
}

std::uint64_t identity_of(const std::string& network_namespace) {
  struct stat status {};
  if (stat(("/run/netns/" + network_namespace).c_str(), &status) != 0) return 0;
  return status.st_ino;
}

}  // namespace viaduct::runtime
