#pragma once

#include <cstdint>

struct rte_mbuf;

namespace viaduct {

// Looks at a few frames of one worker, whenever it is armed: whether those that it sends fit their
// interface, and have right checksums. One above IP that was wrong when it came stays wrong, and is
// its sender's; so frames are looked at when they come as well. To be used on the worker.
class FrameCheck {
 public:
  static constexpr std::uint32_t at_a_time = 64;

  // For the next frames that come, and the next that go.
  void arm() noexcept { arrivals_ = departures_ = at_a_time; }
  [[nodiscard]] bool awaits_arrivals() const noexcept { return arrivals_ != 0; }
  [[nodiscard]] bool awaits_departures() const noexcept { return departures_ != 0; }

  // Marks a frame that was received and whose checksum above IP is right.
  void look_at_arrival(rte_mbuf& frame) noexcept;
  // REQUIRES: there are departures to await. `mtu` is that of the interface that sends it, bytes.
  void look_at_departure(const rte_mbuf& frame, std::uint16_t mtu) noexcept;

  // Frames sent that were too long, or had a checksum wrong for which we answer.
  [[nodiscard]] std::uint64_t unsound() const noexcept { return unsound_; }

 private:
  std::uint32_t arrivals_ = 0;
  std::uint32_t departures_ = 0;
  std::uint64_t unsound_ = 0;
};

}  // namespace viaduct
