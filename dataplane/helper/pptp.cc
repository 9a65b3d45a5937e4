#include "dataplane/helper/pptp.h"

namespace viaduct::helper::pptp {
namespace {

// Control messages (RFC 2637 2.1 to 2.15) that name a call.
enum Type : std::uint16_t {
  outgoing_call_request = 7,
  outgoing_call_reply = 8,
  incoming_call_request = 9,
  incoming_call_reply = 10,
  incoming_call_connected = 11,
  call_clear_request = 12,
  call_disconnect_notify = 13,
  wan_error_notify = 14,
  set_link_info = 15,
};

// Of every message: its length, what it is, a number that is always the same, its type, and
// nothing.
constexpr std::size_t header = 12;
constexpr std::uint32_t control_message = 1;
constexpr std::uint32_t cookie = 0x1a2b3c4d;

std::uint32_t number(std::string_view text, Range at) noexcept {
  std::uint32_t all = 0;
  for (const char each : text.substr(at.begin, at.end - at.begin)) {
    all = all << 8 | static_cast<std::uint8_t>(each);
  }
  return all;
}

Message names_in(std::string_view segment, std::size_t at, std::uint32_t type) noexcept {
  const auto name = [&](std::size_t offset) {
    const Range where{at + header + offset, at + header + offset + 2};
    return NumberAt{where, number(segment, where)};
  };
  switch (type) {
    case outgoing_call_request:
    case incoming_call_request:
      return {.call = name(0), .peer_call = std::nullopt};
    case call_clear_request:
    case call_disconnect_notify:
      return {.call = name(0), .peer_call = std::nullopt, .ends_call = true};
    case outgoing_call_reply:
    case incoming_call_reply:
      return {.call = name(0), .peer_call = name(2)};
    case incoming_call_connected:
    case wan_error_notify:
    case set_link_info:
      return {.call = std::nullopt, .peer_call = name(0)};
    default:
      return {};
  }
}

}  // namespace

std::optional<Message> Messages::next() noexcept {
  constexpr std::size_t shortest = header + 4;
  const std::size_t there = segment_.size() - at_;
  if (there < shortest) return std::nullopt;
  const auto field = [&](std::size_t offset, std::size_t size) {
    return number(segment_, {at_ + offset, at_ + offset + size});
  };
  const std::size_t length = field(0, 2);
  const bool is_message = field(2, 2) == control_message && field(4, 4) == cookie;
  if (!is_message || length < shortest || length > there) return std::nullopt;
  const Message message = names_in(segment_, at_, field(8, 2));
  at_ += length;
  return message;
}

}  // namespace viaduct::helper::pptp
