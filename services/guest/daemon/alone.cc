#include "services/guest/daemon/alone.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/durable_file.h"
#include "services/guest/daemon/privileges.h"

namespace viaduct::guestd {
namespace {

Result<User> owner_of(const std::string& directory) {
  struct stat facts {};
  if (stat(directory.c_str(), &facts) != 0) return file_problem(directory, "cannot be found");
  return User{facts.st_uid, facts.st_gid};
}

// A file that root has made before, as it may have done, is the owner's from now on.
Result<void> give_to(const User& owner, const std::string& lease_file) {
  const int given = lchown(lease_file.c_str(), owner.id, owner.group);
  if (given == 0 || errno == ENOENT) return {};
  return file_problem(lease_file, "cannot be given to the owner of its directory");
}

Result<void> close_in(const std::string& directory) {
  if (chroot(directory.c_str()) == 0 && chdir("/") == 0) return {};
  return file_problem(directory, "cannot be the only directory");
}

// CAP_NET_ADMIN is for long queues alone, and containers often lack it.
Result<void> become_owner(const User& owner) {
  if (cap_get_bound(CAP_NET_ADMIN) <= 0) return become(owner, {CAP_NET_BIND_SERVICE, CAP_NET_RAW});
  return become(owner, {CAP_NET_BIND_SERVICE, CAP_NET_RAW, CAP_NET_ADMIN});
}

}  // namespace

Result<std::string> settle_alone(const std::string& lease_file) {
  const std::filesystem::path path{lease_file};
  std::string kept = lease_file;
  if (geteuid() == 0) {
    const std::string directory = path.has_parent_path() ? path.parent_path().string() : ".";
    const User owner = TRY(owner_of(directory));
    TRY(give_to(owner, lease_file));
    TRY(close_in(directory));
    TRY(become_owner(owner));
    kept = "./" + path.filename().string();
  }
  TRY(confine_alone());
  return kept;
}

}  // namespace viaduct::guestd
