#include "base/framing.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>

#include "base/errno_text.h"

namespace viaduct {
namespace {

auto away(const std::string& why) {
  return fail(Fault::unavailable, "", why);
}

Result<bool> is_ready(const Descriptor& socket, short event, Deadline deadline) {
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd polled{socket.get(), event, 0};
    const int ready = poll(&polled, 1, static_cast<int>(std::min<long>(left.count(), 60'000)));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return away(std::string{"poll: "} + errno_text());
  }
}

Result<void> wait_for(const Descriptor& socket, short event, Deadline deadline) {
  if (TRY(is_ready(socket, event, deadline))) return {};
  return away("the other side did not answer in time");
}

Result<void> send_all(const Descriptor& socket, std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    const auto sent = send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      TRY(wait_for(socket, POLLOUT, deadline));
    } else if (errno != EINTR) {
      return away(std::string{"the other side hung up: "} + errno_text());
    }
  }
  return {};
}

Result<void> receive_all(const Descriptor& socket, std::span<char> bytes, Deadline deadline) {
  while (!bytes.empty()) {
    const auto got = recv(socket.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(got));
    } else if (got == 0) {
      return away("the other side hung up");
    } else if (errno == EAGAIN) {
      TRY(wait_for(socket, POLLIN, deadline));
    } else if (errno != EINTR) {
      return away(std::string{"the other side hung up: "} + errno_text());
    }
  }
  return {};
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) close(fd_);
}

Result<Descriptor> connect_to(const std::string& socket_path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path.size() >= sizeof address.sun_path) {
    return away("socket path is too long: " + socket_path);
  }
  socket_path.copy(static_cast<char*>(address.sun_path), socket_path.size());
  Descriptor socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const auto* plain = reinterpret_cast<const sockaddr*>(&address);
  if (socket.get() < 0 || connect(socket.get(), plain, sizeof address) != 0) {
    return away("nobody listens there (" + socket_path + ": " + errno_text() + ")");
  }
  return socket;
}

Result<void> send_frame(const Descriptor& socket, std::string_view bytes, Deadline deadline) {
  if (bytes.size() > largest_frame) return fail(Fault::too_large, "", "larger than one frame");
  std::array<char, 4> length{};
  for (std::size_t i = 0; i < length.size(); ++i) {
    length[i] = static_cast<char>(bytes.size() >> (24 - 8 * i));
  }
  TRY(send_all(socket, {length.data(), length.size()}, deadline));
  return send_all(socket, bytes, deadline);
}

Result<std::string> receive_frame(const Descriptor& socket, Deadline deadline) {
  std::array<char, 4> length{};
  TRY(receive_all(socket, length, deadline));
  std::size_t size = 0;
  for (const char byte : length) size = size << 8 | static_cast<unsigned char>(byte);
  if (size > largest_frame) return away("the other side sent a frame beyond the limit");
  std::string bytes(size, '\0');
  TRY(receive_all(socket, bytes, deadline));
  return bytes;
}

Result<bool> readable_within(const Descriptor& socket, std::chrono::milliseconds patience) {
  return is_ready(socket, POLLIN, std::chrono::steady_clock::now() + patience);
}

}  // namespace viaduct
