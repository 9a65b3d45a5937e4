#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/framing.h"
#include "base/result.h"

namespace viaduct {

// CRC-32C (Castagnoli), as iSCSI and ext4 use it.
[[nodiscard]] std::uint32_t checksum_of(std::string_view bytes);

// A file of records: the first one tells all, those after it what has changed since. It grows until
// it is begun anew. What begin() or append() has returned survives a crash and power loss; a record
// that was cut off is as if it had never been begun, and so is all after it.
//
// The file is "VLOG" and the records; a record is its length, its checksum (numbers of four bytes,
// the least one first) and its bytes.
class RecordLog {
 public:
  explicit RecordLog(std::string path) : path_(std::move(path)) {}

  // The records that are there; what is appended goes behind them. A file with more in it than
  // what a crash leaves behind is kept aside first: is_damaged() tells then. Fails if there is a
  // file that cannot be read, or kept.
  Result<std::vector<std::string>> open();
  [[nodiscard]] bool is_damaged() const { return is_damaged_; }
  // Copies the file to where people find it, in the place of what was kept before.
  [[nodiscard]] Result<void> keep_aside() const;
  [[nodiscard]] std::string kept_path() const { return path_ + ".unreadable"; }
  // Replaces all records by one.
  Result<void> begin(std::string_view record);
  // Fails also if the file is not as we left it. REQUIRES: `record` is not empty.
  Result<void> append(std::string_view record);

  // Whether the changes outweigh what they are changes of, so that it is time to begin anew.
  [[nodiscard]] bool is_long() const { return size_ > 2 * first_size_ + tolerated; }

 private:
  static constexpr std::size_t tolerated = std::size_t{1} << 20;
  [[nodiscard]] Result<void> write_at_end(const Descriptor& file, std::string_view bytes) const;

  std::string path_;
  std::size_t size_ = 0;
  std::size_t first_size_ = 0;
  bool is_damaged_ = false;
};

// The whole records in the bytes of a log, and how many bytes of it they are.
struct Records {
  std::vector<std::string_view> whole;
  std::size_t size = 0;
  // Whether what follows is anything but the beginning of one more record.
  bool is_damaged = false;
};
[[nodiscard]] Records read_records(std::string_view bytes);

}  // namespace viaduct
