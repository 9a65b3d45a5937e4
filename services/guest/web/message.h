#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// HTTP messages (RFC 9110) as far as the services of guests speak them.
namespace viaduct::web {

using Time = std::chrono::steady_clock::time_point;

// `other` is a method that is standardised, but nothing here supports it.
enum class Method : std::uint8_t { get, head, put, post, other, unknown };

struct Header {
  std::string name;
  std::string value;
};

// A request whose framing is beyond doubt. Trailers are not part of it.
struct Request {
  Method method = Method::unknown;
  std::string target;  // as it was sent
  std::vector<Header> headers;
  std::string body;
  bool keeps_alive = false;

  // The value of a header that occurs exactly once; names are compared without regard to case.
  [[nodiscard]] std::optional<std::string_view> only(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const;
};

// Bytes that are shared with their owner, however long they take to be sent.
struct Body {
  Body() = default;
  Body(std::shared_ptr<const void> whose, std::string_view what)
      : owner(std::move(whose)), bytes(what) {}
  // Text that lives as long as the program.
  static Body constant(std::string_view text) { return {nullptr, text}; }
  static Body of(std::string text);

  std::shared_ptr<const void> owner;
  std::string_view bytes;
};

struct Response {
  unsigned status = 200;
  Body body;
  std::vector<Header> headers;  // besides content type, length and connection
  // How far its packets may travel (the TTL of RFC 791); none for the usual distance.
  std::optional<std::uint8_t> hop_limit;
  bool closes = false;  // the connection, whatever the client wants
};

// A status with its reason phrase as the body.
[[nodiscard]] Response status_response(unsigned status);

// The status line and the headers. There is no Date, since the clock is the caller's.
[[nodiscard]] std::string head_of(const Response& response, bool keeps_alive);

// ASCII letters become small ones.
[[nodiscard]] std::string to_lower(std::string_view text);
[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b);

}  // namespace viaduct::web
