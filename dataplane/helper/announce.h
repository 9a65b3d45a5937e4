#pragma once

#include <optional>

#include "dataplane/core/fwd.h"
#include "dataplane/core/packet.h"
#include "dataplane/helper/expectations.h"

namespace viaduct::helper {

[[nodiscard]] bool is_from_guest(const Packet& packet) noexcept;

// Where the sender of a packet says that it listens.
struct Announcement {
  Protocol protocol{};
  Endpoint at;
  Expectation::Opens opens = Expectation::Opens::one;
  std::uint32_t call = 0;
};

// Expects sessions at the endpoint that the sender of `packet` says it listens at, from whom the
// packet goes to: the endpoint as the receiver has to know it. Nothing if the endpoint is not the
// sender's, or nothing more can be expected.
[[nodiscard]] std::optional<Endpoint> announce(const Packet& packet, const Announcement& said,
                                               Worker& self) noexcept;

// The same, and likewise at the port above it, which is the port above to the receiver too if that
// can be had; else nothing is expected there.
[[nodiscard]] std::optional<Endpoint> announce_pair(const Packet& packet, const Announcement& said,
                                                    Worker& self) noexcept;

// Expects sessions with the sender of `packet` at the endpoint that sent it, from whom it went to,
// by any port.
void expect_answer(const Packet& packet, Expectation::Opens opens, Worker& self) noexcept;

// Expects what was announced to the sender of `packet` of one call, and did not come yet, from
// somebody at another address, too.
void expect_from(const Packet& packet, std::uint32_t call, Be32 address, Worker& self) noexcept;

}  // namespace viaduct::helper
