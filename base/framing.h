#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

// Frames on a UNIX stream socket: a length of four bytes, big-endian, and that many bytes.
namespace viaduct {

// An open file descriptor, closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor();
  [[nodiscard]] int get() const { return fd_; }
  // It is the caller's to close.
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

using Deadline = std::chrono::steady_clock::time_point;

constexpr std::size_t largest_frame = std::size_t{64} << 20;

// All of these give Fault::unavailable when the deadline passes or the peer goes away.
Result<Descriptor> connect_to(const std::string& socket_path);
Result<void> send_frame(const Descriptor& socket, std::string_view bytes, Deadline deadline);
Result<std::string> receive_frame(const Descriptor& socket, Deadline deadline);
// Whether there is something to receive (or the peer is gone) before `patience` runs out.
Result<bool> readable_within(const Descriptor& socket, std::chrono::milliseconds patience);

}  // namespace viaduct
