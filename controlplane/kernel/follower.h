#pragma once

#include <functional>
#include <memory>
#include <thread>

#include "base/result.h"
#include "controlplane/kernel/descriptor.h"

namespace viaduct::kernel {

// A socket that becomes readable when links, addresses or routes change in the network namespace
// of the calling thread.
Result<Descriptor> open_change_socket();
// Takes the news off a change socket unread: it only matters that there was some.
void drain(const Descriptor& changes);

// Listens on the change sockets of many namespaces and tells, on a thread of its own, which of
// them spoke. A flurry of changes is told once. The socket may have been closed meanwhile, and its
// number be another's; its owner knows.
class Follower {
 public:
  using Changed = std::function<void(int socket)>;

  static Result<std::unique_ptr<Follower>> start(Changed changed);
  ~Follower();
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  // Any thread. Closing the socket ends it. Each change is told once, drained or not.
  Result<void> watch(const Descriptor& socket);

 private:
  Follower(Descriptor poll, Descriptor stop, Changed changed);
  void follow();

  Descriptor poll_;
  Descriptor stop_;
  Changed changed_;
  std::thread thread_;
};

}  // namespace viaduct::kernel
