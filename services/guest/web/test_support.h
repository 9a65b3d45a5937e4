#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "services/guest/web/connection.h"

// What tests and fuzzers of the services that speak HTTP share.
namespace viaduct::web::test {

inline const Time start{std::chrono::hours{1}};

inline Address address(std::string_view text) {
  return parse_address(text).value();
}

// Takes all that a connection has to say.
inline std::string take_output(Connection& connection, Time now) {
  std::string all;
  while (!connection.output().empty()) {
    const std::size_t count = connection.output().size();
    all += connection.output();
    connection.sent(count, now);
  }
  return all;
}

// Sends in pieces of `piece` bytes, as far as they are taken, and tells what is answered.
inline std::string converse(Connection& connection, std::string_view bytes, std::size_t piece,
                            Time now) {
  std::string all;
  while (!bytes.empty() && connection.room() != 0) {
    const std::string_view part = bytes.substr(0, std::min(piece, connection.room()));
    connection.receive(part, now);
    bytes.remove_prefix(part.size());
    all += take_output(connection, now);
  }
  return all;
}

inline std::string status_of(std::string_view response) {
  return std::string{response.substr(0, response.find("\r\n"))};
}
inline std::string body_of(std::string_view response) {
  const auto end = response.find("\r\n\r\n");
  return end == std::string_view::npos ? "no head" : std::string{response.substr(end + 4)};
}

}  // namespace viaduct::web::test
