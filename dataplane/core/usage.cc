#include "dataplane/core/usage.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace viaduct::usage {
namespace {

constexpr std::uint64_t magic = 0x3145474153555644;  // "DVUSAGE1"

struct Name {
  std::array<char, 64> router;
  std::array<std::uint8_t, 16> address;
};

std::string text_of(const Name& name) {
  return {static_cast<const char*>(static_cast<const void*>(&name)), sizeof name};
}

std::string problem(const std::string& what) {
  return what + ": " + std::string{strerror(errno)};  // NOLINT(concurrency-mt-unsafe)
}

}  // namespace

struct File::Layout {
  std::uint64_t magic;
  std::uint64_t used;  // entries 1 to used are taken
  std::array<Name, most + 1> names;
  std::array<Counters, most + 1> counters;
};

Result<File> File::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return fail(Fault::unavailable, path, problem("cannot open the usage counters"));
  struct stat status {};
  void* memory = MAP_FAILED;
  const bool sized =
      fstat(fd, &status) == 0 && (status.st_size == sizeof(Layout) ||
                                  (status.st_size == 0 && ftruncate(fd, sizeof(Layout)) == 0));
  if (sized) {
    memory = mmap(nullptr, sizeof(Layout), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  }
  const std::string why = problem("cannot map the usage counters");
  close(fd);
  if (!sized) return fail(Fault::invalid, path, "is not a file of usage counters of this version");
  if (memory == MAP_FAILED) return fail(Fault::unavailable, path, why);
  auto* layout = static_cast<Layout*>(memory);
  File file{layout};
  if (layout->magic == 0 && layout->used == 0) layout->magic = magic;
  if (layout->magic != magic || layout->used > most) {
    return fail(Fault::invalid, path, "is not a file of usage counters of this version");
  }
  return file;
}

File::File(Layout* layout) : layout_(layout) {
  for (std::uint64_t i = 1; i <= std::min<std::uint64_t>(layout->used, most); ++i) {
    indexes_.emplace(text_of(layout->names[i]), static_cast<UsageIndex>(i));
  }
}

File::File(File&& other) noexcept
    : layout_(std::exchange(other.layout_, nullptr)), indexes_(std::move(other.indexes_)) {}

File& File::operator=(File&& other) noexcept {
  std::swap(layout_, other.layout_);
  std::swap(indexes_, other.indexes_);
  return *this;
}

File::~File() {
  if (layout_ != nullptr) munmap(layout_, sizeof(Layout));
}

UsageIndex File::index(std::string_view router, const Address& address) {
  Name name{};
  router.copy(name.router.data(), name.router.size() - 1);
  name.address = address.bytes();
  const auto known = indexes_.find(text_of(name));
  if (known != indexes_.end()) return known->second;
  if (layout_->used == most) return 0;
  layout_->names[layout_->used + 1] = name;
  const auto index = static_cast<UsageIndex>(++layout_->used);
  indexes_.emplace(text_of(name), index);
  return index;
}

Counters* File::counters() noexcept {
  return layout_->counters.data();
}

}  // namespace viaduct::usage
