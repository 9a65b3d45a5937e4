#include "bench/progress.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <utility>

namespace viaduct::bench {
namespace {

using namespace std::chrono_literals;
constexpr std::uint64_t width = 30;

}  // namespace

Progress::Progress() : is_terminal_(isatty(STDERR_FILENO) != 0) {}

void Progress::begin(std::string what, std::uint64_t total) {
  what_ = std::move(what);
  total_ = std::max<std::uint64_t>(total, 1);
  done_ = 0;
  draw();
}

void Progress::advance(std::uint64_t done) {
  done_ = std::min(done, total_);
  if (std::chrono::steady_clock::now() - drawn_ > 100ms) draw();
}

void Progress::end() const {
  if (is_terminal_) std::cerr << "\r\x1b[K" << std::flush;
}

void Progress::draw() {
  if (!is_terminal_) return;
  drawn_ = std::chrono::steady_clock::now();
  const std::uint64_t filled = width * done_ / total_;
  std::string bar;
  for (std::uint64_t i = 0; i < width; ++i) bar += i < filled ? "█" : "░";
  std::cerr << "\r\x1b[K" << bar << ' ' << 100 * done_ / total_ << " %  " << what_ << std::flush;
}

}  // namespace viaduct::bench
