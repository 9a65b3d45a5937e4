#include "controlplane/kernel/netns.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <filesystem>
#include <system_error>
#include <thread>

#include "api/collections.h"

namespace viaduct::kernel {
namespace {

constexpr const char* folder = "/run/netns";
constexpr std::size_t longest_name = 255;  // of a file

Result<void> on_own_thread(const std::function<Result<void>()>& act) {
  Result<void> outcome;
  try {
    std::thread{[&] { outcome = act(); }}.join();
  } catch (const std::system_error& error) {
    return fail(Fault::exhausted, "", std::string{"cannot start a thread: "} + error.what());
  }
  return outcome;
}

// Names made here must show up in every mount namespace, and vanish there too: the folder is a
// mount point of its own with shared propagation, as `ip netns add` makes it.
Result<void> share_folder() {
  if (::mkdir(folder, 0755) != 0 && errno != EEXIST) {
    return fail_system(std::string{"cannot create "} + folder);
  }
  const auto share = [] { return ::mount("", folder, "none", MS_SHARED | MS_REC, nullptr); };
  if (share() == 0) return {};
  if (errno != EINVAL || ::mount(folder, folder, "none", MS_BIND | MS_REC, nullptr) != 0 ||
      share() != 0) {
    return fail_system(std::string{"cannot make a shared mount of "} + folder);
  }
  return {};
}

bool is_namespace(const std::string& path) {
  struct statfs facts {};
  return ::statfs(path.c_str(), &facts) == 0 && facts.f_type == NSFS_MAGIC;
}

// Gives the calling thread's network namespace a name.
Result<void> name_own_namespace(const NamespaceName& name) {
  TRY(share_folder());
  const std::string path = name.path();
  // A file without a namespace on it is what a crash between these two calls leaves behind.
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0)};
  if (!file.is_open() && errno != EEXIST) return fail_system("cannot create " + path);
  if (::mount("/proc/thread-self/ns/net", path.c_str(), "none", MS_BIND, nullptr) != 0) {
    return fail_system("cannot mount a network namespace on " + path);
  }
  return {};
}

}  // namespace

Result<NamespaceName> NamespaceName::parse(std::string text) {
  if (!api::is_id(text) || text.size() > longest_name) {
    return fail(Fault::invalid, "",
                "a network namespace's name is 1 to " + std::to_string(longest_name) +
                    " lower-case letters, digits, '-', '_' or '.', beginning with a letter or "
                    "digit");
  }
  return NamespaceName{std::move(text)};
}

std::string NamespaceName::path() const {
  return std::string{folder} + "/" + text_;
}

Result<NetworkNamespace> NetworkNamespace::open(const NamespaceName& name) {
  const std::string path = name.path();
  if (!is_namespace(path)) return fail(Fault::not_found, "", path + " is no network namespace");
  Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file.is_open()) return fail_system("cannot open " + path);
  return NetworkNamespace{std::move(file)};
}

Result<NetworkNamespace> NetworkNamespace::create(const NamespaceName& name,
                                                  const std::function<Result<void>()>& furnish) {
  const auto make = [&]() -> Result<void> {
    if (::unshare(CLONE_NEWNET) != 0) return fail_system("cannot make a network namespace");
    TRY(furnish());
    return name_own_namespace(name);
  };
  TRY(on_own_thread(make));
  return open(name);
}

Result<void> NetworkNamespace::run_inside(const std::function<void()>& act) const {
  return on_own_thread([&]() -> Result<void> {
    if (::setns(file_.get(), CLONE_NEWNET) != 0) return fail_system("cannot enter a namespace");
    act();
    return {};
  });
}

bool NetworkNamespace::is_named(const NamespaceName& name) const {
  struct stat own {};
  struct stat named {};
  return ::fstat(file_.get(), &own) == 0 && ::stat(name.path().c_str(), &named) == 0 &&
         own.st_dev == named.st_dev && own.st_ino == named.st_ino;
}

Result<void> remove_namespace(const NamespaceName& name) {
  const std::string path = name.path();
  if (::umount2(path.c_str(), MNT_DETACH) != 0) return fail_system("cannot unmount " + path);
  if (::unlink(path.c_str()) != 0) return fail_system("cannot remove " + path);
  return {};
}

std::vector<NamespaceName> namespaces_beginning_with(std::string_view prefix) {
  std::vector<NamespaceName> found;
  std::error_code error;
  std::filesystem::directory_iterator entry{folder, error};
  for (; !error && entry != std::filesystem::directory_iterator{}; entry.increment(error)) {
    auto name = NamespaceName::parse(entry->path().filename().string());
    if (name && name->text().starts_with(prefix)) found.push_back(*std::move(name));
  }
  return found;
}

}  // namespace viaduct::kernel
