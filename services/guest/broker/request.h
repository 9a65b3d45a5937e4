#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/net.h"

// How the broker is asked for a socket, and how it answers.
namespace viaduct::broker {

// The kinds of sockets that there are. The first six are bound to an interface and to the port of
// their service.
enum class Kind : std::uint8_t {
  dhcp,             // UDP, port 67
  dns,              // UDP, port 53
  dns_stream,       // TCP, port 53
  metadata,         // TCP, port 80
  metadata_tls,     // TCP, port 443
  password,         // TCP, port 8080
  question,         // UDP, neither bound nor connected
  question_stream,  // TCP, likewise
  changes,          // netlink: hears of interfaces that come and go
};

struct Request {
  Kind kind = Kind::dhcp;
  std::string router;      // by its id, at most 63 bytes; it tells the network namespace
  std::string interface;   // at most 15 bytes; of services alone
  Address address;         // where a service listens; of a question, one of the resolver's family
  std::uint8_t count = 1;  // how many sockets, 1 to `most`; of questions alone more than one
  friend bool operator==(const Request&, const Request&) = default;
};
constexpr std::uint8_t most = 16;

// A request as it travels: a datagram of a UNIX socket, between two processes of one program.
struct RequestMessage {
  Kind kind;
  std::uint8_t count;
  std::array<char, 64> router;     // ends with zeros
  std::array<char, 16> interface;  // likewise
  std::array<std::uint8_t, 16> address;
};
// Its answer. With it come so many descriptors (SCM_RIGHTS).
struct AnswerMessage {
  std::int32_t problem;  // 0, or what errno said
  std::uint32_t count;
  std::uint64_t network_namespace;  // its inode, by which one is told from another
};

// REQUIRES: the request is within its limits.
[[nodiscard]] RequestMessage write_request(const Request& request);
// None for what asks for more than the broker may do: it trusts nobody.
[[nodiscard]] std::optional<Request> read_request(std::span<const std::uint8_t> bytes);

}  // namespace viaduct::broker
