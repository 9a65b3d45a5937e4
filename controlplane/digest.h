#pragma once

#include <string>
#include <string_view>

namespace viaduct {

// SHA-2 of FIPS 180-4, in lower-case hexadecimal; empty if the library refuses to work.
[[nodiscard]] std::string sha256(std::string_view bytes);
[[nodiscard]] std::string sha512(std::string_view bytes);

}  // namespace viaduct
