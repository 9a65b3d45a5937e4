#pragma once

#include <array>
#include <utility>

#include "api/codec.h"

// How errors travel between our processes: {"fault":"invalid","where":"/routers/red","why":"..."}.
namespace viaduct {

template <>
struct api::Names<Fault> {
  static constexpr std::array table{
      std::pair{Fault::malformed, std::string_view{"malformed"}},
      std::pair{Fault::invalid, std::string_view{"invalid"}},
      std::pair{Fault::not_found, std::string_view{"not_found"}},
      std::pair{Fault::conflict, std::string_view{"conflict"}},
      std::pair{Fault::stale, std::string_view{"stale"}},
      std::pair{Fault::too_large, std::string_view{"too_large"}},
      std::pair{Fault::exhausted, std::string_view{"exhausted"}},
      std::pair{Fault::unavailable, std::string_view{"unavailable"}},
      std::pair{Fault::failed, std::string_view{"failed"}},
      std::pair{Fault::unauthorized, std::string_view{"unauthorized"}}};
};

namespace api {

Json write_error(const Error& error);
// What write_error() wrote; anything else becomes an error of its own.
Error read_error(const Json& json);

}  // namespace api
}  // namespace viaduct
