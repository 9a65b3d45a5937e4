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
};
struct Counters {
  Direction out;  // towards the outside
  Direction in;
};

class File {
 public:
  static constexpr std::size_t most = 65535;  // public addresses ever used

  // Opens or makes the file, for us alone. A file of another format is an error, never overwritten.
  static Result<File> open(const std::string& path);
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File();

  // Where `address` of `router` is counted, made if need be; 0 when the file is full.
  [[nodiscard]] UsageIndex index(std::string_view router, const Address& address);
  // The same, but 0 if it has no place yet.
  [[nodiscard]] UsageIndex find(std::string_view router, const Address& address) const;
  // The counters by index; entry 0 takes what belongs nowhere.
  [[nodiscard]] Counters* counters() noexcept;

 private:
  struct Layout;
  File(Descriptor file, Layout* layout);
  Descriptor file_;  // locked
  Layout* layout_;
  std::map<std::string, UsageIndex> indexes_;  // by name as it is in the file
};

}  // namespace viaduct::usage
