#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace viaduct::dnsmasq {

inline constexpr std::size_t largest_file = 8 << 20;  // bytes

// Where configuration files come from.
class Files {
 public:
  virtual ~Files() = default;
  // not_found if it cannot be read, too_large above largest_file.
  virtual Result<std::string> read(const std::string& path) = 0;
  // The names of what is in a directory, directories excepted, in alphabetical order. not_found if
  // it is no directory or cannot be read.
  virtual Result<std::vector<std::string>> list(const std::string& path) = 0;
  // One path for each file, however it is reached.
  virtual std::string identity(const std::string& path) = 0;
};

class DiskFiles final : public Files {
 public:
  Result<std::string> read(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override;
  std::string identity(const std::string& path) override;
};

}  // namespace viaduct::dnsmasq
