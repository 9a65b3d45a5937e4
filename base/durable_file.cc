#include "base/durable_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/errno_text.h"
#include "base/framing.h"

namespace viaduct {

tl::unexpected<Error> file_problem(const std::string& path, const std::string& what) {
  constexpr std::array scarce{ENOSPC, EDQUOT, EFBIG, ENOMEM, EMFILE, ENFILE};
  const bool is_scarce = std::ranges::find(scarce, errno) != scarce.end();
  return fail(is_scarce ? Fault::exhausted : Fault::failed, path, what + ": " + errno_text());
}

Result<void> write_durably(const std::string& path, std::string_view bytes) {
  const std::string draft = path + ".new";
  const Descriptor file{open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
  if (file.get() < 0) return file_problem(draft, "cannot be written");
  while (!bytes.empty()) {
    const auto written = write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) return file_problem(draft, "cannot be written");
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (fsync(file.get()) != 0) return file_problem(draft, "does not reach the disk");
  if (rename(draft.c_str(), path.c_str()) != 0) return file_problem(path, "cannot be replaced");
  const std::string folder = path.substr(0, path.rfind('/') + 1);
  const Descriptor directory{open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (directory.get() < 0 || fsync(directory.get()) != 0) {
    return file_problem(folder, "does not reach the disk");
  }
  return {};
}

Result<std::string> read_whole(const std::string& path) {
  const Descriptor file{open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.get() < 0) return file_problem(path, "cannot be read");
  std::string bytes;
  std::array<char, 65536> buffer;
  for (;;) {
    const auto got = read(file.get(), buffer.data(), buffer.size());
    if (got == 0) return bytes;
    if (got < 0 && errno != EINTR) return file_problem(path, "cannot be read");
    if (got > 0) bytes.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace viaduct
