#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace viaduct {

// Replaces the file at `path` as a whole, such that after a crash or power loss it holds either the
// old or the new bytes. Readable by its owner only.
Result<void> write_durably(const std::string& path, std::string_view bytes);

Result<std::string> read_whole(const std::string& path);

// What errno says of `path`: Fault::exhausted where a resource has run out, else Fault::failed.
tl::unexpected<Error> file_problem(const std::string& path, const std::string& what);

}  // namespace viaduct
