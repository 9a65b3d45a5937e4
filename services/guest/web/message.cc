#include "services/guest/web/message.h"

#include <algorithm>
#include <array>

namespace viaduct::web {
namespace {

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string_view reason_of(unsigned status) {
  constexpr std::array reasons{std::pair{200U, std::string_view{"OK"}},
                               std::pair{400U, std::string_view{"Bad Request"}},
                               std::pair{401U, std::string_view{"Unauthorized"}},
                               std::pair{403U, std::string_view{"Forbidden"}},
                               std::pair{404U, std::string_view{"Not Found"}},
                               std::pair{405U, std::string_view{"Method Not Allowed"}},
                               std::pair{408U, std::string_view{"Request Timeout"}},
                               std::pair{413U, std::string_view{"Content Too Large"}},
                               std::pair{417U, std::string_view{"Expectation Failed"}},
                               std::pair{431U, std::string_view{"Request Header Fields Too Large"}},
                               std::pair{501U, std::string_view{"Not Implemented"}},
                               std::pair{505U, std::string_view{"HTTP Version Not Supported"}}};
  for (const auto& [known, reason] : reasons) {
    if (known == status) return reason;
  }
  return "";
}

}  // namespace

std::string to_lower(std::string_view text) {
  std::string small{text};
  std::ranges::transform(small, small.begin(), lower);
  return small;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::optional<std::string_view> Request::only(std::string_view name) const {
  const auto is_it = [name](const Header& header) {
    return equals_ignoring_case(header.name, name);
  };
  const auto first = std::ranges::find_if(headers, is_it);
  if (first == headers.end() || std::any_of(first + 1, headers.end(), is_it)) return std::nullopt;
  return first->value;
}

bool Request::has(std::string_view name) const {
  return std::ranges::any_of(
      headers, [name](const Header& header) { return equals_ignoring_case(header.name, name); });
}

Body Body::of(std::string text) {
  const auto owned = std::make_shared<const std::string>(std::move(text));
  return {owned, *owned};
}

Response status_response(unsigned status) {
  Response response;
  response.status = status;
  response.body = Body::constant(reason_of(status));
  return response;
}

std::string head_of(const Response& response, bool keeps_alive) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " ";
  head += reason_of(response.status);
  head += "\r\nContent-Type: text/plain\r\nContent-Length: ";
  head += std::to_string(response.body.bytes.size());
  head += keeps_alive ? "\r\nConnection: keep-alive\r\n" : "\r\nConnection: close\r\n";
  for (const Header& header : response.headers) {
    head += header.name + ": " + header.value + "\r\n";
  }
  return head + "\r\n";
}

}  // namespace viaduct::web
