#pragma once

#include <string_view>

// TFTP (RFC 1350): a transfer is asked for at port 69 and answered from another port.
namespace viaduct::helper::tftp {

// Whether a datagram asks to read or to write a file: an opcode, its name, and a mode.
[[nodiscard]] bool asks_for_transfer(std::string_view datagram) noexcept;

}  // namespace viaduct::helper::tftp
