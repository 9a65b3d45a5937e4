#pragma once

#include <optional>

#include "dataplane/core/fwd.h"
#include "dataplane/core/packet.h"

namespace viaduct::helper {

// Expects a session at the endpoint that the sender of `packet` says it listens at, from whom the
// packet goes to: the endpoint as the receiver has to know it. Nothing if the endpoint is not the
// sender's, or nothing more can be expected.
[[nodiscard]] std::optional<Endpoint> announce(const Packet& packet, Protocol protocol,
                                               const Endpoint& said, Worker& self) noexcept;

// Expects an answer to the sender of `packet`, at the endpoint that sent it, from another port than
// that which it went to.
void expect_answer(const Packet& packet, Worker& self) noexcept;

}  // namespace viaduct::helper
