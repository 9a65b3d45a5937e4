#include "controlplane/cloudstack_entry/transfer.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/errno_text.h"

namespace viaduct::cloudstack_entry {
namespace {

// Where the view is put together: a directory that every system has.
const std::string view = "/mnt";

auto problem(const std::string& what) {
  return fail(Fault::failed, what, errno_text());
}

Result<void> make_directory(const std::string& path) {
  std::error_code failure;
  std::filesystem::create_directories(path, failure);
  if (failure) return fail(Fault::failed, path, failure.message());
  return {};
}

// What a descriptor names, however the names of its path change meanwhile.
std::string by_descriptor(const Descriptor& place) {
  return "/proc/self/fd/" + std::to_string(place.get());
}

// Mounts are changed in steps: a bind mount takes its flags only when mounted again.
Result<void> show(const std::string& source, const std::string& target, unsigned long flags) {
  if (mount(source.c_str(), target.c_str(), nullptr, MS_BIND, nullptr) != 0 ||
      mount(nullptr, target.c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_NOSUID | flags, nullptr) !=
          0) {
    return problem(target);
  }
  return {};
}

Result<void> write_small(const std::string& path, std::string_view text) {
  const Descriptor file{open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0444)};
  if (write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return problem(path);
  }
  return {};
}

Result<void> furnish(const Descriptor& cache, const Descriptor& reports) {
  TRY(make_directory(view + "/usr"));
  TRY(make_directory(view + "/etc"));
  TRY(make_directory(view + "/dev"));
  TRY(make_directory(view + "/root"));
  TRY(make_directory(view + std::string{cache_directory}));
  for (const char* name : {"bin", "lib", "lib64"}) {
    std::error_code failure;
    std::filesystem::create_directory_symlink(std::string{"usr/"} + name, view + "/" + name,
                                              failure);
    if (failure) return fail(Fault::failed, name, failure.message());
  }
  // Both programs ask who they are, and open /dev/null.
  TRY(write_small(view + "/etc/passwd", "root:x:0:0::/var/cache/cloud:/usr/sbin/nologin\n"));
  TRY(write_small(view + "/dev/null", ""));
  TRY(show("/dev/null", view + "/dev/null", MS_NOEXEC));
  TRY(show("/usr", view + "/usr", MS_RDONLY | MS_NODEV));
  TRY(show(by_descriptor(reports), view + "/root", MS_RDONLY | MS_NODEV | MS_NOEXEC));
  return show(by_descriptor(cache), view + std::string{cache_directory}, MS_NODEV | MS_NOEXEC);
}

Result<Descriptor> open_directory(const std::string& path) {
  TRY(make_directory(path));
  Descriptor directory{open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (directory.get() < 0) return problem(path);
  return directory;
}

Result<void> enter_view(const Site& site) {
  if (unshare(CLONE_NEWNS) != 0) return problem("unshare");
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return problem("/");
  const Descriptor cache = TRY(open_directory(site.path(cache_directory)));
  const Descriptor reports = TRY(open_directory(site.path("/root")));
  if (mount("view", view.c_str(), "tmpfs", MS_NOSUID, "mode=0755,size=64k") != 0) {
    return problem(view);
  }
  TRY(furnish(cache, reports));
  if (mount(nullptr, view.c_str(), nullptr, MS_REMOUNT | MS_RDONLY | MS_NOSUID, nullptr) != 0) {
    return problem(view);
  }
  if (chroot(view.c_str()) != 0 || chdir(cache_directory.data()) != 0) return problem(view);
  return {};
}

// Root that may do no more than its files' owner may.
void give_up_privileges() {
  constexpr unsigned long most_capabilities = 64;
  for (unsigned long each = 0; each < most_capabilities; ++each) {
    (void)prctl(PR_CAPBSET_DROP, each, 0, 0, 0);  // the kernel knows fewer than that
  }
  (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

int become(Site& site, const char* program, const Arguments& words) {
  if (const auto entered = enter_view(site); !entered) return report(site, entered.error());
  give_up_privileges();
  std::vector<char*> raw;
  raw.reserve(words.size() + 1);
  // execv does not write to them.
  for (const std::string& word : words) raw.push_back(const_cast<char*>(word.c_str()));
  raw.push_back(nullptr);
  execv(program, raw.data());
  site.err << program << ": " << errno_text() << "\n";
  return 1;
}

}  // namespace

bool is_scp_end(const Arguments& words) {
  if (words.size() < 3 || words[0] != "scp" || words.back().starts_with('-')) return false;
  bool has_end = false;
  for (std::size_t at = 1; at + 1 < words.size(); ++at) {
    const std::string& word = words[at];
    if (word == "--" && at + 2 == words.size()) continue;
    if (word.size() < 2 || word[0] != '-') return false;
    if (word.find_first_not_of("dfpqrtv", 1) != std::string::npos) return false;
    has_end = has_end || word.find_first_of("ft", 1) != std::string::npos;
  }
  return has_end;
}

int transfer_by_scp(Site& site, const Arguments& words) {
  if (is_scp_end(words)) return become(site, "/usr/bin/scp", words);
  return report(site, {Fault::malformed, "", "scp is run with -t or -f, and one path"});
}

// Links are refused: what they name would be another file outside of the view.
int transfer_by_sftp(Site& site) {
  return become(site, "/usr/lib/openssh/sftp-server",
                {"sftp-server", "-d", std::string{cache_directory}, "-P", "symlink,hardlink"});
}

}  // namespace viaduct::cloudstack_entry
