#pragma once

#include <memory>
#include <utility>

namespace viaduct::serving {

// A member of what begins asynchronous operations: a handler that is under way already when its
// owner goes does nothing.
class Lifetime {
 public:
  template <class Handle>
  [[nodiscard]] auto guard(Handle handle) const {
    return [alive = std::weak_ptr<const int>{token_},
            handle = std::move(handle)](auto&&... arguments) mutable {
      if (!alive.expired()) handle(std::forward<decltype(arguments)>(arguments)...);
    };
  }

 private:
  std::shared_ptr<const int> token_ = std::make_shared<const int>();
};

}  // namespace viaduct::serving
