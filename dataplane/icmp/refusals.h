#pragma once

#include <array>
#include <cstddef>

#include "dataplane/core/fwd.h"
#include "dataplane/core/packet.h"

namespace viaduct::icmp {

// TCP connections from outside that nothing let in, and whose senders are to be told, but not at
// once: for six seconds the guest may open the same one from its side, and then nothing is said
// (RFC 5382 REQ-4). A few are held; those for which there is no room are told nothing.
class Refusals {
 public:
  // Takes a SYN that was refused over. False when there is no room: then it is still the caller's.
  [[nodiscard]] bool hold(Packet& packet, Worker& self) noexcept;
  // Tells those whose time has come. To be called a few times a second.
  void tick(Worker& self) noexcept;
  [[nodiscard]] std::size_t held() const noexcept { return newest_ - oldest_; }

 private:
  static constexpr std::size_t most = 64;
  struct Refusal {
    Packet packet;
    Slot interface = 0;
    flow::Ticks since = 0;
  };
  static void settle(Refusal& refusal, Worker& self) noexcept;

  std::array<Refusal, most> all_;  // a ring, from oldest_ to newest_, which count on
  std::size_t oldest_ = 0;
  std::size_t newest_ = 0;
};

}  // namespace viaduct::icmp
