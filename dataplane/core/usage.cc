#include "dataplane/core/usage.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "base/errno_text.h"

namespace viaduct::usage {
namespace {

constexpr std::uint64_t magic = 0x3145474153555644;  // "DVUSAGE1"

struct Name {
  std::array<char, 64> router;
  std::array<std::uint8_t, 16> address;
};

Name name_of(std::string_view router, const Address& address) {
  Name name{};
  router.copy(name.router.data(), name.router.size() - 1);
  name.address = address.bytes();
  return name;
}

std::string text_of(const Name& name) {
  return {static_cast<const char*>(static_cast<const void*>(&name)), sizeof name};
}

std::string problem(const std::string& what) {
  return what + ": " + errno_text();
}

}  // namespace

struct File::Layout {
  using Row = std::array<Counters, most + 1>;
  std::uint64_t magic;
  std::uint64_t used;  // entries 1 to used are taken
  std::array<Name, most + 1> names;
  Row row;  // the first worker's; those of others follow

  // How many rows a file of this length has, if it is a whole number.
  static std::optional<std::size_t> rows_in(std::size_t length) {
    if (length == 0) return 0;
    const bool is_whole = length >= sizeof(Layout) && (length - sizeof(Layout)) % sizeof(Row) == 0;
    return is_whole ? std::optional{(length - sizeof(Layout)) / sizeof(Row) + 1} : std::nullopt;
  }
  static std::size_t length_of(std::size_t rows) {
    return sizeof(Layout) + (rows - 1) * sizeof(Row);
  }
};

Result<File> File::open(const std::string& path, std::size_t workers) {
  Descriptor file{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  if (file.get() < 0) {
    return fail(Fault::unavailable, path, problem("cannot open the usage counters"));
  }
  if (flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    return fail(Fault::conflict, path, "is in use by another viaduct-dataplane");
  }
  struct stat status {};
  const bool is_readable = fstat(file.get(), &status) == 0;
  const auto there = Layout::rows_in(static_cast<std::size_t>(status.st_size));
  if (!is_readable || !there) {
    return fail(Fault::invalid, path, "is not a file of usage counters of this version");
  }
  // All of it now: a disk that fills up later must not fault the worker.
  const std::size_t rows = std::max(workers, *there);
  const std::size_t length = Layout::length_of(rows);
  if (posix_fallocate(file.get(), 0, static_cast<off_t>(length)) != 0) {
    return fail(Fault::exhausted, path, "there is no room on the disk");
  }
  void* memory = mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (memory == MAP_FAILED) {
    return fail(Fault::unavailable, path, problem("cannot map the usage counters"));
  }
  File mapped{std::move(file), static_cast<Layout*>(memory), rows};
  Layout& layout = *mapped.layout_;
  if (layout.magic == 0 && layout.used == 0) layout.magic = magic;
  if (layout.magic != magic || layout.used > most) {
    return fail(Fault::invalid, path, "is not a file of usage counters of this version");
  }
  return mapped;
}

File::File(Descriptor file, Layout* layout, std::size_t rows)
    : file_(std::move(file)), layout_(layout), rows_(rows) {
  for (std::uint64_t i = 1; i <= std::min<std::uint64_t>(layout->used, most); ++i) {
    indexes_.emplace(text_of(layout->names[i]), static_cast<UsageIndex>(i));
  }
}

File::File(File&& other) noexcept
    : file_(std::move(other.file_)),
      layout_(std::exchange(other.layout_, nullptr)),
      rows_(other.rows_),
      indexes_(std::move(other.indexes_)) {}

File& File::operator=(File&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(layout_, other.layout_);
  std::swap(rows_, other.rows_);
  std::swap(indexes_, other.indexes_);
  return *this;
}

File::~File() {
  if (layout_ != nullptr) munmap(layout_, Layout::length_of(rows_));
}

UsageIndex File::find(std::string_view router, const Address& address) const {
  const auto known = indexes_.find(text_of(name_of(router, address)));
  return known == indexes_.end() ? UsageIndex{0} : known->second;
}

UsageIndex File::index(std::string_view router, const Address& address) {
  if (const UsageIndex known = find(router, address); known != 0) return known;
  if (layout_->used == most) return 0;
  const Name name = name_of(router, address);
  layout_->names[layout_->used + 1] = name;
  const auto index = static_cast<UsageIndex>(++layout_->used);
  indexes_.emplace(text_of(name), index);
  return index;
}

Counters* File::counters(std::size_t worker) noexcept {
  return (&layout_->row + worker)->data();
}

Counters File::total(UsageIndex index) const noexcept {
  Counters total{};
  for (std::size_t i = 0; i < rows_; ++i) total += (*(&layout_->row + i))[index];
  return total;
}

}  // namespace viaduct::usage
