#include "base/record_log.h"

#include <fcntl.h>
#include <nmmintrin.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/durable_file.h"

namespace viaduct {
namespace {

constexpr std::string_view magic = "VLOG";
constexpr std::size_t number_size = 4;
constexpr std::size_t prefix_size = 2 * number_size;  // of a record

void add_number(std::string& bytes, std::uint32_t number) {
  for (unsigned i = 0; i < number_size; ++i) bytes += static_cast<char>(number >> (8 * i));
}

std::uint32_t take_number(std::string_view& bytes) {
  std::uint32_t number = 0;
  for (unsigned i = 0; i < number_size; ++i) {
    number |= std::uint32_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  bytes.remove_prefix(number_size);
  return number;
}

std::string with_prefix(std::string_view record) {
  std::string bytes;
  bytes.reserve(prefix_size + record.size());
  add_number(bytes, static_cast<std::uint32_t>(record.size()));
  add_number(bytes, checksum_of(record));
  return bytes += record;
}

// The record that the bytes begin with; empty if that is not whole.
std::string_view first_record(std::string_view bytes, std::size_t longest) {
  if (bytes.size() < prefix_size) return {};
  const std::size_t length = take_number(bytes);
  const std::uint32_t checksum = take_number(bytes);
  // Zeros are what a file may end with after a crash, and look like an empty record.
  if (length == 0 || length > std::min(longest, bytes.size())) return {};
  const std::string_view record = bytes.substr(0, length);
  return checksum_of(record) == checksum ? record : std::string_view{};
}

// Whether the bytes behind a log's last whole record are more than an append that was cut off:
// then no record follows. Long ones are not looked for, since that would take its time.
bool is_damage(std::string_view rest) {
  constexpr std::size_t longest = std::size_t{1} << 16;
  if (rest.size() < prefix_size) return false;
  std::string_view number = rest;
  const std::size_t length = take_number(number);
  const bool is_at_end = length == 0 ? rest.find_first_not_of('\0') == std::string_view::npos
                                     : length >= rest.size() - prefix_size;
  if (!is_at_end) return true;
  for (std::size_t i = 1; i + prefix_size < rest.size(); ++i) {
    if (!first_record(rest.substr(i), longest).empty()) return true;
  }
  return false;
}

}  // namespace

__attribute__((target("sse4.2"))) std::uint32_t checksum_of(std::string_view bytes) {
  std::uint64_t rest = ~0U;
  for (; bytes.size() >= sizeof(std::uint64_t); bytes.remove_prefix(sizeof(std::uint64_t))) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    rest = _mm_crc32_u64(rest, word);
  }
  auto last = static_cast<std::uint32_t>(rest);
  for (const char byte : bytes) last = _mm_crc32_u8(last, static_cast<unsigned char>(byte));
  return ~last;
}

Records read_records(std::string_view bytes) {
  Records records;
  if (!bytes.starts_with(magic)) {
    records.is_damaged = !bytes.empty();
    return records;
  }
  records.size = magic.size();
  for (;;) {
    const std::string_view rest = bytes.substr(records.size);
    const std::string_view record = first_record(rest, rest.size());
    if (!record.empty()) {
      records.whole.push_back(record);
      records.size += prefix_size + record.size();
      continue;
    }
    // A file begins with its first record as a whole, so no crash leaves less of it.
    records.is_damaged = records.whole.empty() || is_damage(rest);
    return records;
  }
}

Result<std::vector<std::string>> RecordLog::open() {
  auto read = read_whole(path_);
  if (!read && access(path_.c_str(), F_OK) == 0) return tl::unexpected<Error>{read.error()};
  const std::string bytes = std::move(read).value_or("");
  const Records records = read_records(bytes);
  is_damaged_ = records.is_damaged;
  if (is_damaged_) TRY(write_durably(kept_path(), bytes));
  if (records.whole.empty()) return std::vector<std::string>{};
  if (truncate(path_.c_str(), static_cast<off_t>(records.size)) != 0) {
    return file_problem(path_, "cannot be cut behind its last record");
  }
  size_ = records.size;
  first_size_ = records.whole.front().size();
  return std::vector<std::string>{records.whole.begin(), records.whole.end()};
}

Result<void> RecordLog::keep_aside() const {
  const std::string bytes = TRY(read_whole(path_));
  return write_durably(kept_path(), bytes);
}

Result<void> RecordLog::begin(std::string_view record) {
  const std::string bytes = std::string{magic} + with_prefix(record);
  TRY(write_durably(path_, bytes));
  size_ = bytes.size();
  first_size_ = record.size();
  return {};
}

Result<void> RecordLog::append(std::string_view record) {
  const Descriptor file{::open(path_.c_str(), O_WRONLY | O_CLOEXEC)};
  if (file.get() < 0) return file_problem(path_, "cannot be opened");
  if (size_ == 0 || lseek(file.get(), 0, SEEK_END) != static_cast<off_t>(size_)) {
    return fail(Fault::failed, path_, "is not as it was left");
  }
  const std::string bytes = with_prefix(record);
  if (auto written = write_at_end(file, bytes); !written) {
    // What may have arrived of it must not be read back.
    static_cast<void>(!ftruncate(file.get(), static_cast<off_t>(size_)));
    return written;
  }
  size_ += bytes.size();
  return {};
}

Result<void> RecordLog::write_at_end(const Descriptor& file, std::string_view bytes) const {
  while (!bytes.empty()) {
    const auto written = write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) return file_problem(path_, "cannot be written");
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (fdatasync(file.get()) != 0) return file_problem(path_, "does not reach the disk");
  return {};
}

}  // namespace viaduct
