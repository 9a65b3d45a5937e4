#pragma once

#include <cstdint>
#include <string_view>

#include "dataplane/core/fwd.h"
#include "dataplane/core/packet.h"

namespace viaduct::helper {

// What a TCP or UDP packet carries. REQUIRES: it is no later fragment.
[[nodiscard]] std::string_view payload(const Packet& packet) noexcept;

// Whether a packet may grow on its way to its next hop. The sender of one that may not is told to
// send less at a time, and it is gone.
[[nodiscard]] bool may_grow(Packet& packet, std::int32_t growth, Worker& self) noexcept;

// A change of a TCP or UDP packet above IP. Checksums follow by the difference, so that one that
// was wrong stays wrong.
class Edit {
 public:
  explicit Edit(Packet& packet) noexcept;
  // What stands there in the payload becomes `text`. False, and nothing has changed, if the buffer
  // has no room for it.
  [[nodiscard]] bool replace(std::size_t begin, std::size_t end, std::string_view text) noexcept;
  // To be called once, after all changes.
  void finish() noexcept;

 private:
  [[nodiscard]] std::uint16_t length() const noexcept {
    return static_cast<std::uint16_t>(packet_.ip_length - (packet_.l4 - packet_.l3));
  }
  void set_length(std::uint16_t of_ip) noexcept;

  Packet& packet_;
  std::uint16_t length_before_;
  std::uint16_t sum_before_;
};

}  // namespace viaduct::helper
