#include "base/private_directory.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "base/errno_text.h"

namespace viaduct {

Result<PrivateDirectory> PrivateDirectory::make() {
  std::error_code none;
  std::string path = std::filesystem::temp_directory_path(none).string() + "/" +
                     program_invocation_short_name + "-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) return fail(Fault::unavailable, path, errno_text());
  return PrivateDirectory{std::move(path)};
}

PrivateDirectory::~PrivateDirectory() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace viaduct
