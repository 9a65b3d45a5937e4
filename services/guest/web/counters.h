#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace viaduct::web {

// How often each event of an enumeration that ends with `total` has been.
template <class Event>
class Counters {
 public:
  void add(Event event) noexcept { ++counts_[static_cast<std::size_t>(event)]; }
  [[nodiscard]] std::uint64_t operator[](Event event) const noexcept {
    return counts_[static_cast<std::size_t>(event)];
  }

 private:
  std::array<std::uint64_t, static_cast<std::size_t>(Event::total)> counts_{};
};

// What becomes of a network's connections. Each request that was received whole is counted as such,
// and by its service; one that was not, by the reason.
enum class Event : std::uint8_t {
  connection,
  request,
  turned_away,   // a connection: the client, or its network, has too many
  malformed,     // it is not HTTP, or its framing is in doubt
  too_large,     // its head or its body
  unsupported,   // its version, encoding or expectation
  slow_request,  // it took too long to arrive
  slow_reader,   // the client took too long to take the response
  cut_off,       // the client ended in the midst of it
  total
};

inline constexpr std::array event_names{
    std::string_view{"connection"},   std::string_view{"request"},
    std::string_view{"turned_away"},  std::string_view{"malformed"},
    std::string_view{"too_large"},    std::string_view{"unsupported"},
    std::string_view{"slow_request"}, std::string_view{"slow_reader"},
    std::string_view{"cut_off"}};
static_assert(event_names.size() == static_cast<std::size_t>(Event::total));

}  // namespace viaduct::web
