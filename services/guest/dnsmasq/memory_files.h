#pragma once

#include <map>
#include <string>
#include <vector>

#include "services/guest/dnsmasq/files.h"

namespace viaduct::dnsmasq {

// Files that are nowhere but in a test. Paths are what they are called; a directory has a '/'
// behind its name.
class MemoryFiles final : public Files {
 public:
  explicit MemoryFiles(std::map<std::string, std::string> files) : files_(std::move(files)) {}

  Result<std::string> read(const std::string& path) override {
    const auto found = files_.find(path);
    if (found == files_.end()) return fail(Fault::not_found, "", "cannot read " + path);
    return found->second;
  }
  Result<std::vector<std::string>> list(const std::string& path) override {
    const std::string prefix = path.ends_with('/') ? path : path + "/";
    std::vector<std::string> names;
    for (const auto& [name, text] : files_) {
      if (name.starts_with(prefix)) names.push_back(name.substr(prefix.size()));
    }
    if (names.empty()) return fail(Fault::not_found, "", "cannot access directory " + path);
    return names;
  }
  std::string identity(const std::string& path) override { return path; }

 private:
  std::map<std::string, std::string> files_;
};

}  // namespace viaduct::dnsmasq
