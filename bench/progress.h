#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace viaduct::bench {

// A bar on the terminal's last line, on standard error; says nothing where that is no terminal.
class Progress {
 public:
  Progress();
  void begin(std::string what, std::uint64_t total);
  void advance(std::uint64_t done);
  void end() const;

 private:
  void draw();
  bool is_terminal_;
  std::string what_;
  std::uint64_t total_ = 0;
  std::uint64_t done_ = 0;
  std::chrono::steady_clock::time_point drawn_;
};

}  // namespace viaduct::bench
