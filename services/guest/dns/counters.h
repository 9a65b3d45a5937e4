#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace viaduct::dns {

// What became of a network's queries. Each that was received is counted once more, by what was done
// with it, unless it still waits for a resolver; `truncated` besides.
enum class Count : std::uint8_t {
  received,
  local,            // answered from the router's own names
  cached,           // answered from the cache
  forwarded,        // answered as a resolver did
  failed,           // no resolver answered
  overloaded,       // too many were waiting
  refused,          // a class, type or name that nobody is asked for here
  looped,           // the router's own question that came back to it
  malformed,        // not a message of DNS, or of a version that we do not know
  not_implemented,  // an opcode other than QUERY
  foreign,          // dropped: its sender does not belong to the network
  rate_limited,     // dropped: its sender asks too much
  not_a_query,      // dropped: a response, or too short for a header
  truncated,        // the client was told to ask again by TCP
  total
};

inline constexpr std::array count_names{
    std::string_view{"received"},    std::string_view{"local"},
    std::string_view{"cached"},      std::string_view{"forwarded"},
    std::string_view{"failed"},      std::string_view{"overloaded"},
    std::string_view{"refused"},     std::string_view{"looped"},
    std::string_view{"malformed"},   std::string_view{"not_implemented"},
    std::string_view{"foreign"},     std::string_view{"rate_limited"},
    std::string_view{"not_a_query"}, std::string_view{"truncated"}};
static_assert(count_names.size() == static_cast<std::size_t>(Count::total));

class Counters {
 public:
  void add(Count what) noexcept { ++counts_[static_cast<std::size_t>(what)]; }
  [[nodiscard]] std::uint64_t operator[](Count what) const noexcept {
    return counts_[static_cast<std::size_t>(what)];
  }

 private:
  std::array<std::uint64_t, static_cast<std::size_t>(Count::total)> counts_{};
};

}  // namespace viaduct::dns
