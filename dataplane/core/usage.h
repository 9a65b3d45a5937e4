#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/framing.h"
#include "base/net.h"
#include "base/result.h"
#include "dataplane/core/snapshot.h"

// Usage of public addresses: bytes and packets per direction, kept in a file that is mapped into
// memory, so that neither a crash nor a restart of the process takes a count back.
namespace viaduct::usage {

struct Direction {
  std::uint64_t packets;
  std::uint64_t bytes;  // of IP packets

  Direction& operator+=(const Direction& other) {
    packets += other.packets;
    bytes += other.bytes;
    return *this;
  }
};
struct Counters {
  Direction out;  // towards the outside
  Direction in;

  Counters& operator+=(const Counters& other) {
    out += other.out;
    in += other.in;
    return *this;
  }
};

class File {
 public:
  static constexpr std::size_t most = 65535;  // public addresses ever used

  // Opens or makes the file, for us alone, with counters for so many workers. A file of another
  // format is an error, never overwritten.
  static Result<File> open(const std::string& path, std::size_t workers = 1);
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File();

  // Where `address` of `router` is counted, made if need be; 0 when the file is full.
  [[nodiscard]] UsageIndex index(std::string_view router, const Address& address);
  // The same, but 0 if it has no place yet.
  [[nodiscard]] UsageIndex find(std::string_view router, const Address& address) const;
  // One worker's counters by index; entry 0 takes what belongs nowhere.
  [[nodiscard]] Counters* counters(std::size_t worker = 0) noexcept;
  // Of all workers there ever were.
  [[nodiscard]] Counters total(UsageIndex index) const noexcept;

 private:
  struct Layout;
  File(Descriptor file, Layout* layout, std::size_t rows);
  Descriptor file_;  // locked
  Layout* layout_;
  std::size_t rows_;
  std::map<std::string, UsageIndex> indexes_;  // by name as it is in the file
};

}  // namespace viaduct::usage
