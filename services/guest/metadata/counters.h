#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "services/guest/web/counters.h"

namespace viaduct::metadata {

// What became of a network's requests: each is counted once.
enum class Outcome : std::uint8_t {
  served,
  token_issued,
  not_found,       // no such file
  unknown_guest,   // nothing is known of the address
  impostor,        // another machine than the one that has the address
  forbidden,       // a path that is nobody's, or another guest's
  no_token,        // one is required
  bad_token,       // it is not this guest's, or has ended
  bad_lifetime,    // of the token that it asks for
  forwarded,       // a token was asked for through a proxy
  method_refused,  // neither GET nor HEAD
  total
};

inline constexpr std::array outcome_names{
    std::string_view{"served"},        std::string_view{"token_issued"},
    std::string_view{"not_found"},     std::string_view{"unknown_guest"},
    std::string_view{"impostor"},      std::string_view{"forbidden"},
    std::string_view{"no_token"},      std::string_view{"bad_token"},
    std::string_view{"bad_lifetime"},  std::string_view{"forwarded"},
    std::string_view{"method_refused"}};
static_assert(outcome_names.size() == static_cast<std::size_t>(Outcome::total));

}  // namespace viaduct::metadata
