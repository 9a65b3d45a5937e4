#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "dataplane/document.h"

// What the Linux kernel must hold for every router: a network namespace of its own, where daemons
// listen on ordinary sockets behind one TAP per interface, and a guard that lets in nothing but
// the services of that interface.
namespace viaduct::kernel {

// The network namespaces of all routers. Router "red" lives in the namespace prefix + "red", the
// same as `ip netns` shows. Thread-safe. Destruction leaves everything in place, so that a restart
// of viaductd loses nothing. REQUIRES: CAP_SYS_ADMIN and CAP_NET_ADMIN.
class Namespaces {
 public:
  explicit Namespaces(std::string prefix);
  ~Namespaces();
  Namespaces(const Namespaces&) = delete;
  Namespaces& operator=(const Namespaces&) = delete;

  // Makes the namespace of every router and guards it, before the data plane puts TAPs into it.
  // Nothing is taken away. Doing it twice is doing it once.
  Result<void> prepare(const Configuration& configuration);

  // Whether all that prepare() made is still there and as it was made.
  bool is_prepared(const Configuration& configuration);

  // Gives every TAP that is there its addresses, MTU and routes and takes away all others; removes
  // namespaces of ours whose router is gone. From then on each namespace is brought back to this
  // state by itself whenever its links, addresses or routes change. On an error the rest has been
  // converged all the same.
  Result<void> converge(const Configuration& configuration);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace viaduct::kernel
