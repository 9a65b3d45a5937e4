#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "services/guest/daemon/privileges.h"

namespace viaduct::guestd::test {
namespace {

// Whether `holds` does in a process that has confined itself.
template <class Confine, class Holds>
bool in_confinement(Confine confine, Holds holds) {
  const pid_t child = fork();
  if (child == 0) _exit(confine() && holds() ? 0 : 1);
  int status = -1;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool is_refused(long outcome) {
  return outcome == -1 && errno == EPERM;
}

bool cannot_execute() {
  const char* const nothing = nullptr;
  return is_refused(execl("/bin/true", "true", nothing));
}

bool cannot_make_code() {
  void* const memory =
      mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED && errno == EPERM;
}

TEST(SystemCalls, OfTheServerOpenNoSocketsAndExecuteNothing) {
  EXPECT_TRUE(in_confinement(confine_server, [] {
    return is_refused(socket(AF_INET, SOCK_DGRAM, 0)) && is_refused(fork()) && cannot_execute() &&
           cannot_make_code() && is_refused(kill(getppid(), 0));
  }));
}

TEST(SystemCalls, OfOneAloneOpenSocketsAndExecuteNothing) {
  EXPECT_TRUE(in_confinement(confine_alone, [] {
    return socket(AF_INET, SOCK_DGRAM, 0) >= 0 && is_refused(fork()) && cannot_execute() &&
           cannot_make_code() && is_refused(kill(getppid(), 0)) && is_refused(chroot("/"));
  }));
}

TEST(SystemCalls, OfTheServerSufficeForThreads) {
  EXPECT_TRUE(in_confinement(confine_server, [] {
    bool has_run = false;
    pthread_t thread{};
    const auto run = [](void* flag) -> void* {
      *static_cast<bool*>(flag) = true;
      return nullptr;
    };
    return pthread_create(&thread, nullptr, run, &has_run) == 0 &&
           pthread_join(thread, nullptr) == 0 && has_run;
  }));
}

TEST(SystemCalls, OfTheBrokerOpenSocketsAndExecuteNothing) {
  EXPECT_TRUE(in_confinement(confine_broker, [] {
    return socket(AF_INET, SOCK_DGRAM, 0) >= 0 && is_refused(fork()) && cannot_execute() &&
           cannot_make_code();
  }));
}

}  // namespace
}  // namespace viaduct::guestd::test
