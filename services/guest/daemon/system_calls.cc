#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <span>
#include <type_traits>

#include "services/guest/daemon/privileges.h"

namespace viaduct::guestd {
namespace {

struct FreeFilter {
  void operator()(scmp_filter_ctx filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<std::remove_pointer_t<scmp_filter_ctx>, FreeFilter>;

// What the C and C++ libraries need in every process.
constexpr std::array for_all{
    SCMP_SYS(read),           SCMP_SYS(write),        SCMP_SYS(writev),
    SCMP_SYS(close),          SCMP_SYS(fstat),        SCMP_SYS(newfstatat),
    SCMP_SYS(openat),         SCMP_SYS(lseek),        SCMP_SYS(munmap),
    SCMP_SYS(mremap),         SCMP_SYS(brk),          SCMP_SYS(madvise),
    SCMP_SYS(futex),          SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),   SCMP_SYS(sigaltstack),  SCMP_SYS(getpid),
    SCMP_SYS(gettid),         SCMP_SYS(tgkill),       SCMP_SYS(clock_gettime),
    SCMP_SYS(getrandom),      SCMP_SYS(exit),         SCMP_SYS(exit_group),
    SCMP_SYS(restart_syscall)};

constexpr std::array for_sockets{SCMP_SYS(socket), SCMP_SYS(bind), SCMP_SYS(listen),
                                 SCMP_SYS(setsockopt)};

constexpr std::array for_broker{SCMP_SYS(recvfrom), SCMP_SYS(sendmsg), SCMP_SYS(setns)};

constexpr std::array for_server{
    // sockets that it has got
    SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(connect), SCMP_SYS(shutdown),
    SCMP_SYS(getsockname), SCMP_SYS(getpeername), SCMP_SYS(getsockopt), SCMP_SYS(setsockopt),
    SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(recvmmsg), SCMP_SYS(sendto), SCMP_SYS(sendmsg),
    SCMP_SYS(sendmmsg),
    // waiting for them
    SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait),
    SCMP_SYS(eventfd2), SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime), SCMP_SYS(poll),
    SCMP_SYS(ppoll), SCMP_SYS(fcntl), SCMP_SYS(clock_nanosleep),
    // its files
    SCMP_SYS(truncate), SCMP_SYS(rename), SCMP_SYS(fsync), SCMP_SYS(fdatasync), SCMP_SYS(geteuid),
    // threads
    SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(sched_yield), SCMP_SYS(prlimit64),
    SCMP_SYS(sched_getaffinity)};

bool allow_all(const Filter& filter, std::span<const int> calls) {
  return std::ranges::all_of(calls, [&](int call) {
    return seccomp_rule_add_array(filter.get(), SCMP_ACT_ALLOW, call, 0, nullptr) == 0;
  });
}

// Where the masked argument has this value.
bool allow_if(const Filter& filter, int call, unsigned argument, scmp_datum_t mask,
              scmp_datum_t value) {
  const scmp_arg_cmp condition{argument, SCMP_CMP_MASKED_EQ, mask, value};
  return seccomp_rule_add_array(filter.get(), SCMP_ACT_ALLOW, call, 1, &condition) == 0;
}

Result<void> confine(std::initializer_list<std::span<const int>> calls, bool has_threads) {
  const Filter filter{seccomp_init(SCMP_ACT_ERRNO(EPERM))};
  const auto allow = [&](std::span<const int> some) { return allow_all(filter, some); };
  bool is_done = filter != nullptr && allow(for_all) && std::ranges::all_of(calls, allow) &&
                 allow_if(filter, SCMP_SYS(mmap), 2, PROT_EXEC, 0) &&
                 allow_if(filter, SCMP_SYS(mprotect), 2, PROT_EXEC, 0);
  if (has_threads) {
    // Of clone3() a filter does not see the flags: glibc falls back to clone().
    is_done = is_done && allow_if(filter, SCMP_SYS(clone), 0, CLONE_THREAD, CLONE_THREAD) &&
              allow_if(filter, SCMP_SYS(ioctl), 1, ~scmp_datum_t{0}, FIONBIO) &&
              seccomp_rule_add_array(filter.get(), SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0,
                                     nullptr) == 0;
  }
  if (is_done && seccomp_load(filter.get()) == 0) return {};
  return fail(Fault::failed, "", "system calls cannot be restricted");
}

}  // namespace

Result<void> confine_server() {
  return confine({for_server}, true);
}

Result<void> confine_broker() {
  return confine({for_broker, for_sockets}, false);
}

Result<void> confine_alone() {
  return confine({for_server, for_sockets}, true);
}

}  // namespace viaduct::guestd
