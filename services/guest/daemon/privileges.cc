#include "services/guest/daemon/privileges.h"

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <type_traits>
#include <vector>

#include "base/errno_text.h"

namespace viaduct::guestd {
namespace {

struct FreeCapabilities {
  void operator()(cap_t set) const { cap_free(set); }
};
using Capabilities = std::unique_ptr<std::remove_pointer_t<cap_t>, FreeCapabilities>;

auto problem(const std::string& what) {
  return fail(Fault::failed, "", what + ": " + errno_text());
}

// Capabilities outlive the change of the user if they are kept explicitly, as permitted ones.
Result<void> change_user(const User& user) {
  if (geteuid() == user.id && getuid() == user.id) return {};
  if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || setgroups(0, nullptr) != 0 ||
      setresgid(user.group, user.group, user.group) != 0 ||
      setresuid(user.id, user.id, user.id) != 0) {
    return problem("cannot become user " + std::to_string(user.id));
  }
  return {};
}

}  // namespace

Result<User> find_user(const std::string& name) {
  constexpr std::size_t room = 16384;
  std::array<char, room> buffer;
  passwd entry{};
  passwd* found = nullptr;
  errno = getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) return fail(Fault::not_found, name, "there is no such user");
  return User{entry.pw_uid, entry.pw_gid};
}

Result<void> become(const User& user, std::initializer_list<cap_value_t> capabilities) {
  TRY(change_user(user));
  const Capabilities set{cap_init()};
  const std::vector<cap_value_t> kept{capabilities};
  const auto count = static_cast<int>(kept.size());
  const bool is_done =
      set != nullptr &&
      (kept.empty() ||
       (cap_set_flag(set.get(), CAP_PERMITTED, count, kept.data(), CAP_SET) == 0 &&
        cap_set_flag(set.get(), CAP_EFFECTIVE, count, kept.data(), CAP_SET) == 0)) &&
      cap_set_proc(set.get()) == 0;
  if (!is_done) return problem("cannot give up capabilities");
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    return problem("cannot give up privileges");
  }
  return {};
}

}  // namespace viaduct::guestd
