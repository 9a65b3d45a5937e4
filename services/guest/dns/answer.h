#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "services/guest/dns/message.h"

namespace viaduct::dns {

// What a resolver answered, such that any client that asked the same can be told: its records as
// they follow a question, compressed by reference to that question and to each other.
struct Answer {
  Rcode rcode = Rcode::no_error;
  bool is_authentic = false;  // its resolver has checked it (AD, RFC 4035 3.2.3)
  std::uint16_t answers = 0;
  std::uint16_t authorities = 0;
  std::vector<std::uint8_t> records;
  std::vector<std::uint16_t> ttls;  // where in the records
  std::uint32_t lifetime = 0;       // seconds; 0 if it must not be kept

  [[nodiscard]] std::size_t bytes() const noexcept {
    return sizeof *this + records.capacity() + ttls.capacity() * sizeof ttls.front();
  }
};

// Seconds for which answers may be kept.
struct TtlBounds {
  std::uint32_t least = 0;
  std::uint32_t most = 86'400;
  std::uint32_t most_negative = 3600;
};

// What was asked of a resolver.
struct Question {
  std::uint16_t id = 0;                // host order
  std::vector<std::uint8_t> as_asked;  // name, type and class, in letters of random case
};

enum class Match : std::uint8_t {
  good,
  none,  // not an answer to this question: a stray, or forged
  case_differs,
};

// Whether a message answers a question; looks at its header and question alone.
[[nodiscard]] Match match(Bytes message, const Question& question) noexcept;

// The flags of a header, in host order. REQUIRES: match() was not Match::none.
[[nodiscard]] inline std::uint16_t flags_of(Bytes message) noexcept {
  return read16(&message[2]);
}

// What a message says about its question: the records that answer it, and those of the authority
// section that deny it or prove the answer (RFC 2308, RFC 4035 3.1); nothing else is believed
// (RFC 2181 5.4.1). None if it is malformed.
// REQUIRES: match() was not Match::none.
[[nodiscard]] std::optional<Answer> read_answer(Bytes message, TtlBounds bounds);

}  // namespace viaduct::dns
