#pragma once

#include <libmnl/libmnl.h>

#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"
#include "controlplane/kernel/release.h"
#include "dataplane/interface/interface.h"

namespace viaduct::kernel {

// Keeps all but services out of one network namespace: a daemon that was started there by mistake
// stays out of reach. It is the nftables table `inet viaduct_guard`, and stays when this goes.
// Better kept than made anew: closing it waits until the kernel has freed what was replaced, some
// 20 ms.
class Guard {
 public:
  Guard() = default;
  // For the network namespace of the calling thread; may be used from any other then.
  static Result<Guard> open();

  // Lets in, by each interface, the services of that interface and answers to what daemons began
  // themselves, and nothing else. Replaces what was installed before, in one step. REQUIRES: made
  // by open().
  [[nodiscard]] Result<void> install(std::span<const interface::Compiled> interfaces);

  // Whether nobody has changed any nftables rules of this namespace since install().
  [[nodiscard]] Result<bool> is_untouched() const;

 private:
  using Socket = std::unique_ptr<mnl_socket, Release<mnl_socket_close>>;
  explicit Guard(Socket socket) : socket_(std::move(socket)) {}
  Socket socket_;
  std::uint32_t installed_as_ = 0;  // the namespace's ruleset generation
};

}  // namespace viaduct::kernel
