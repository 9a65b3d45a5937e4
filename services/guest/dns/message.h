#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/net.h"
#include "services/guest/dns/name.h"

// Messages (RFC 1035 4) as far as clients send and get them: a header, one question, EDNS (RFC
// 6891), and records of which the owner is the name asked for, or that a cache kept as they were.
namespace viaduct::dns {

using Bytes = std::span<const std::uint8_t>;

enum class Type : std::uint16_t {
  a = 1,
  cname = 5,
  soa = 6,
  hinfo = 13,
  ptr = 12,
  aaaa = 28,
  opt = 41,
  svcb = 64,
  https = 65,
  any = 255
};
// Response codes; those above 15 need EDNS.
enum class Rcode : std::uint16_t {
  no_error = 0,
  format_error = 1,
  server_failure = 2,
  name_error = 3,
  not_implemented = 4,
  refused = 5,
  bad_version = 16
};

constexpr std::uint16_t class_in = 1;  // the Internet
constexpr std::size_t header_size = 12;
constexpr std::size_t question_tail = 4;  // type and class
constexpr std::size_t opt_size = 11;      // without options
constexpr std::size_t largest_message = 65'535;
// What goes through any network in one piece; more is told by TCP (DNS flag day 2020).
constexpr std::size_t largest_datagram = 1232;
constexpr std::size_t largest_plain_datagram = 512;  // for clients without EDNS

// The flags of a header, in host order.
namespace flag {
constexpr std::uint16_t response = 0x8000;
constexpr std::uint16_t opcode = 0x7800;
constexpr std::uint16_t authoritative = 0x0400;
constexpr std::uint16_t truncated = 0x0200;
constexpr std::uint16_t recursion_desired = 0x0100;
constexpr std::uint16_t recursion_available = 0x0080;
constexpr std::uint16_t authentic_data = 0x0020;
constexpr std::uint16_t checking_disabled = 0x0010;
constexpr std::uint16_t rcode = 0x000f;
}  // namespace flag
constexpr std::uint32_t dnssec_ok = 0x8000;  // of the OPT record's TTL

// REQUIRES: two, or four, bytes at `at`.
[[nodiscard]] inline std::uint16_t read16(const std::uint8_t* at) noexcept {
  return static_cast<std::uint16_t>(at[0] << 8 | at[1]);
}
[[nodiscard]] inline std::uint32_t read32(const std::uint8_t* at) noexcept {
  return std::uint32_t{read16(at)} << 16 | read16(at + 2);
}
inline void write16(std::uint8_t* at, std::uint16_t value) noexcept {
  at[0] = static_cast<std::uint8_t>(value >> 8);
  at[1] = static_cast<std::uint8_t>(value);
}
inline void write32(std::uint8_t* at, std::uint32_t value) noexcept {
  write16(at, static_cast<std::uint16_t>(value >> 16));
  write16(at + 2, static_cast<std::uint16_t>(value));
}
[[nodiscard]] inline std::string_view as_text(Bytes bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Where the record that begins at `at` ends, and where its type stands; at most the end of
// `message`. False for a record that does not fit.
struct RecordPlace {
  std::size_t type = 0;
  std::size_t data = 0;
  std::size_t end = 0;
};
[[nodiscard]] bool find_record(Bytes message, std::size_t at, RecordPlace& place) noexcept;

// What a query says, but for its name in lower case.
struct Asked {
  std::uint16_t id = 0;     // host order
  std::uint16_t flags = 0;  // host order
  Bytes question;           // as it was asked: name, type and class
  std::uint16_t type = 0;
  std::uint16_t klass = 0;
  bool has_edns = false;
  bool wants_dnssec = false;
  std::uint16_t udp_size = largest_plain_datagram;  // the largest answer its sender takes by UDP
  std::uint8_t name_size = 0;

  [[nodiscard]] bool has(std::uint16_t flags_asked) const noexcept {
    return (flags & flags_asked) != 0;
  }
  [[nodiscard]] bool is_for(Type asked) const noexcept {
    return type == static_cast<std::uint16_t>(asked);
  }
};

// All of it. What answers are kept by, the key, is the name in lower case, the type, and whether
// DNSSEC records, and unchecked ones, are wanted.
struct Query : Asked {
  static constexpr unsigned key_dnssec = 1;     // in the last byte of the key
  static constexpr unsigned key_unchecked = 2;  // likewise
  static constexpr std::size_t key_tail = 3;
  std::array<char, longest_name + key_tail> lower;  // NOLINT(*-member-init): by read_query()

  [[nodiscard]] std::string_view name() const noexcept { return {lower.data(), name_size}; }
  [[nodiscard]] std::string_view key() const noexcept {
    return {lower.data(), name_size + key_tail};
  }
};

enum class Reading : std::uint8_t {
  good,
  not_a_query,      // too short for a header, or a response: to be dropped
  not_implemented,  // an opcode other than QUERY
  malformed,
  bad_version,  // an EDNS version that is not 0; the question is good
};

// Reads a query into `query`, which refers to the bytes from then on. But for Reading::good and
// bad_version, only id and flags are meaningful.
[[nodiscard]] Reading read_query(Bytes message, Query& query) noexcept;

// Writes an answer into a buffer of the caller's that outlives it. Records that do not fit are left
// out, and so are all others then: the answer is told to be truncated (RFC 2181 9).
class Reply {
 public:
  // REQUIRES: `limit` is at least 512 and at most the buffer's size; the question of `query` fits.
  Reply(std::span<std::uint8_t> buffer, const Asked& query, std::size_t limit) noexcept;

  // Where a name stands in the answer, to be referred to by records.
  using Offset = std::uint16_t;
  static constexpr Offset name_asked = header_size;

  void add_address(Offset owner, std::uint32_t ttl, const Address& address) noexcept;
  // A record whose data is a name: CNAME or PTR. Gives the place of that name.
  Offset add_name(Offset owner, Type type, std::uint32_t ttl, std::string_view name) noexcept;
  enum class Section : std::uint8_t { answer, authority };
  // The SOA record of a zone: in the authority section it says that there is no such name or record
  // (RFC 2308 3). REQUIRES: nothing is added after it.
  void add_soa(Section section, Offset zone, std::uint32_t ttl) noexcept;
  // What is said to questions for all types of records (RFC 8482 4.2).
  void add_refusal_of_any(std::uint32_t ttl) noexcept;
  // Records as they come right after a question, by sections. Gives their place for changes, empty
  // if they do not fit.
  std::span<std::uint8_t> add_records(Bytes records, std::uint16_t answers,
                                      std::uint16_t authorities) noexcept;

  // The whole message. `flags` are those of flag:: that are not the query's own or implied.
  [[nodiscard]] Bytes finish(Rcode rcode, std::uint16_t flags = 0) noexcept;

  [[nodiscard]] bool is_truncated() const noexcept { return is_truncated_; }

 private:
  // The place for a record whose data has `size` bytes, its fixed fields written; nullptr if it
  // does not fit.
  std::uint8_t* begin_record(Offset owner, Type type, std::uint32_t ttl, std::size_t size) noexcept;
  [[nodiscard]] bool makes_room(std::size_t size) noexcept;

  const Asked& query_;
  std::uint8_t* begin_;
  std::size_t size_;
  std::size_t room_;  // of the whole message, EDNS aside
  std::uint16_t answers_ = 0;
  std::uint16_t authorities_ = 0;
  bool is_truncated_ = false;
};

// The answer to a query whose question could not be read: a header alone.
[[nodiscard]] Bytes write_bare_reply(std::span<std::uint8_t> buffer, const Asked& query,
                                     Rcode rcode) noexcept;

// How large an answer to this query may be, by UDP.
[[nodiscard]] inline std::size_t datagram_limit(const Asked& query) noexcept {
  return query.udp_size < largest_datagram ? query.udp_size : largest_datagram;
}

}  // namespace viaduct::dns
