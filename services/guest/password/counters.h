#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "services/guest/web/counters.h"

namespace viaduct::password {

// What became of a network's requests: each is counted once.
enum class Outcome : std::uint8_t {
  told,          // the guest's password
  none,          // there is no password for this guest, or none any more, or it has the one before
  acknowledged,  // the guest has it: it is forgotten
  impostor,      // it was for another machine than the one that has the address
  bad_request,   // it asks for neither
  save_refused,  // a guest wants to set a password
  unsupported,   // neither GET nor POST
  total
};

inline constexpr std::array outcome_names{
    std::string_view{"told"},         std::string_view{"none"},
    std::string_view{"acknowledged"}, std::string_view{"impostor"},
    std::string_view{"bad_request"},  std::string_view{"save_refused"},
    std::string_view{"unsupported"}};
static_assert(outcome_names.size() == static_cast<std::size_t>(Outcome::total));

}  // namespace viaduct::password
