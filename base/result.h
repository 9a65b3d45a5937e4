#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <type_traits>
#include <utility>

namespace viaduct {

enum class Fault : unsigned char {
  malformed,     // the request cannot be understood
  invalid,       // the request is wrong as it stands
  not_found,     // it names something that does not exist
  conflict,      // it contradicts something else that was asked for
  stale,         // it was written against another revision than the current one
  too_large,     // it is over a limit on size, depth or number
  exhausted,     // a resource of the appliance has run out
  unavailable,   // a part of the appliance does not answer
  failed,        // a part of the appliance could not do its work
  unauthorized,  // the caller may not do this
};

// What went wrong, where in the caller's input (a JSON pointer), and why, in words a person can
// act on.
struct Error {
  Fault fault;
  std::string where;
  std::string why;
};

template <class T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline auto fail(Fault fault, std::string where, std::string why) {
  return tl::unexpected<Error>{Error{fault, std::move(where), std::move(why)}};
}

// The same error, told from further out: `prefix` is put before the pointer.
[[nodiscard]] inline auto fail_within(std::string_view prefix, Error error) {
  error.where.insert(0, prefix);
  return tl::unexpected<Error>{std::move(error)};
}

template <class T>
T unwrap(Result<T>&& result) {
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

}  // namespace viaduct

// Unwraps a Result, or hands its error to our caller. The only control-flow macro we own.
#define TRY(expression)                                                            \
  (__extension__({                                                                 \
    auto tried = (expression);                                                     \
    if (!tried) return tl::unexpected<::viaduct::Error>{std::move(tried).error()}; \
    ::viaduct::unwrap(std::move(tried));                                           \
  }))
