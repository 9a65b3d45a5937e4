#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "services/guest/web/limits.h"
#include "services/guest/web/message.h"

namespace viaduct::web {

// Reads one request (RFC 9112), strictly: whatever two readers might understand in two ways is
// refused.
class RequestReader {
 public:
  explicit RequestReader(const Limits& limits);
  RequestReader(RequestReader&&) noexcept;
  RequestReader& operator=(RequestReader&&) noexcept;
  ~RequestReader();

  // Reads on, and tells how many bytes are done with. The others are to be given again, with what
  // follows them. REQUIRES: is_reading().
  [[nodiscard]] std::size_t read(std::string_view bytes);

  [[nodiscard]] bool is_reading() const noexcept;
  // Whether bytes of it are done with.
  [[nodiscard]] bool has_begun() const noexcept;
  // The status to refuse it with; 0 if it is in order so far.
  [[nodiscard]] unsigned refusal() const noexcept;
  // REQUIRES: !is_reading() and refusal() is 0.
  [[nodiscard]] const Request& request() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace viaduct::web
