#pragma once

#include <string_view>

namespace viaduct {

// The release, from the project's CMakeLists.txt.
inline constexpr std::string_view version = VIADUCT_VERSION;

}  // namespace viaduct
