#include "services/guest/broker/request.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace viaduct::broker {
namespace {

// The text before the zeros that fill the rest; none if something else is behind it.
template <std::size_t Size>
std::optional<std::string> read_text(const std::array<char, Size>& field) {
  const auto* const end = std::ranges::find(field, '\0');
  if (end == field.end()) return std::nullopt;
  if (!std::all_of(end, field.end(), [](char byte) { return byte == '\0'; })) return std::nullopt;
  return std::string{field.begin(), end};
}

// Nothing that could lead out of the directory that names are looked up in.
bool is_name(std::string_view text) {
  const auto is_part = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  };
  return !text.empty() && text.front() != '.' && std::ranges::all_of(text, is_part);
}

bool is_service(Kind kind) {
  return kind <= Kind::password;
}

}  // namespace

RequestMessage write_request(const Request& request) {
  RequestMessage message{};
  message.kind = request.kind;
  message.count = request.count;
  request.router.copy(message.router.data(), message.router.size() - 1);
  request.interface.copy(message.interface.data(), message.interface.size() - 1);
  message.address = request.address.bytes();
  return message;
}

std::optional<Request> read_request(std::span<const std::uint8_t> bytes) {
  RequestMessage message{};
  if (bytes.size() != sizeof message) return std::nullopt;
  std::memcpy(&message, bytes.data(), sizeof message);
  const auto router = read_text(message.router);
  const auto interface = read_text(message.interface);
  if (message.kind > Kind::changes || !router || !interface || !is_name(*router)) {
    return std::nullopt;
  }
  if (is_service(message.kind) != is_name(*interface)) return std::nullopt;
  if (!is_service(message.kind) && !interface->empty()) return std::nullopt;
  const bool is_question = message.kind == Kind::question || message.kind == Kind::question_stream;
  if (message.count == 0 || message.count > (is_question ? most : 1)) return std::nullopt;
  return Request{message.kind, *router, *interface, Address::v6(message.address), message.count};
}

}  // namespace viaduct::broker
