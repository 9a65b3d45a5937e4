#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

namespace viaduct {

// Spaces out the attempts at something that keeps failing: turns 1, 2, 4, 8 ... apart, at most 64.
class Retry {
 public:
  // Whether this turn is one for an attempt. Another subject than last time begins anew.
  [[nodiscard]] bool is_due(std::uint64_t subject) {
    if (std::exchange(subject_, subject) != subject) succeeded();
    if (left_ == 0) return true;
    --left_;
    return false;
  }
  void succeeded() { *this = Retry{subject_}; }
  // Says whether the reason is news.
  bool failed(const std::string& why) {
    left_ = std::exchange(next_, std::min(2 * next_, longest)) - 1;
    return std::exchange(why_, why) != why;
  }

  explicit Retry(std::uint64_t subject = 0) : subject_(subject) {}

 private:
  static constexpr unsigned longest = 64;
  std::uint64_t subject_;
  unsigned left_ = 0;
  unsigned next_ = 1;
  std::string why_;
};

}  // namespace viaduct
