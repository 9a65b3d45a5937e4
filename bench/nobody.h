#pragma once

#include "controlplane/control.h"

// What a control plane drives besides the packet path, where there is nothing of it.
namespace viaduct::bench {

class NoKernel final : public Kernel {
 public:
  Result<void> prepare(const Configuration& /*configuration*/) override { return {}; }
  bool is_prepared(const Configuration& /*configuration*/) override { return true; }
  Result<void> converge(const Configuration& /*configuration*/) override { return {}; }
};

class NoGuestServices final : public RemoteProcess {
 public:
  Result<api::Json> ask(const api::Json& /*question*/) override {
    return fail(Fault::unavailable, "", "not here");
  }
};

}  // namespace viaduct::bench
