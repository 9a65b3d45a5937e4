#pragma once

#include <cstdint>

#include "dataplane/flow/table.h"

namespace viaduct {

// Looks at a few sessions of one worker at a time, in a circle, and counts what must never be. To
// be called on the worker, between two bursts.
class SessionCheck {
 public:
  static constexpr flow::SessionId at_a_time = 256;

  void look(flow::Table& sessions) noexcept;

  // Lines that are not found by their own keys: another session has the same endpoints.
  [[nodiscard]] std::uint64_t shared_endpoints() const noexcept { return shared_endpoints_; }
  // Sessions whose two directions are of different routers.
  [[nodiscard]] std::uint64_t crossed_routers() const noexcept { return crossed_routers_; }

 private:
  flow::SessionId next_ = 0;
  std::uint64_t shared_endpoints_ = 0;
  std::uint64_t crossed_routers_ = 0;
};

}  // namespace viaduct
