#include "services/guest/broker/sockets.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "services/guest/broker/open_socket.h"

namespace viaduct::broker {
namespace {

constexpr int longest_wait_ms = 5000;

auto gone() {
  return fail(Fault::unavailable, "", "the broker has gone");
}

auto refusal(const Request& request, int problem) {
  const bool is_absent = problem == ENOENT || problem == ENODEV;
  const std::string where =
      request.interface.empty() ? request.router : request.router + "/" + request.interface;
  return fail(is_absent ? Fault::not_found : Fault::failed, where,
              "a socket cannot be opened: " + std::generic_category().message(problem));
}

// The descriptors of a message. They are ours from now on, even if they are not what we asked for.
std::vector<Descriptor> take_descriptors(msghdr& header) {
  std::vector<Descriptor> all;
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    all.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(part) + i * sizeof number, sizeof number);
      all.emplace_back(number);
    }
  }
  return all;
}

}  // namespace

Result<Opened> LocalSockets::open(const Request& request) {
  Opened opened;
  opened.sockets.reserve(request.count);
  for (unsigned i = 0; i < request.count; ++i) {
    auto socket = open_socket(request);
    if (!socket) return refusal(request, socket.error());
    opened.sockets.push_back(*std::move(socket));
  }
  return opened;
}

Result<Opened> BrokeredSockets::open(const Request& request) {
  const RequestMessage message = write_request(request);
  if (send(socket_.get(), &message, sizeof message, MSG_NOSIGNAL) < 0) return gone();
  AnswerMessage answer{};
  iovec piece{&answer, sizeof answer};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(most * sizeof(int))> control{};
  msghdr header{};
  header.msg_iov = &piece;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  if (!await_answer()) return gone();
  if (recvmsg(socket_.get(), &header, MSG_CMSG_CLOEXEC) != sizeof answer) return gone();
  Opened opened{take_descriptors(header), answer.network_namespace};
  if (answer.problem != 0) return refusal(request, answer.problem);
  if (opened.sockets.size() != request.count) {
    return fail(Fault::exhausted, request.router, "there is no room for more sockets");
  }
  return opened;
}

// Who watches for the broker's end may have made the socket one that does not wait. An answer that
// came too late would be taken for the next one's, so there is no next one.
bool BrokeredSockets::await_answer() const {
  pollfd one{socket_.get(), POLLIN, 0};
  int ready = -1;
  do {
    ready = poll(&one, 1, longest_wait_ms);
  } while (ready < 0 && errno == EINTR);
  if (ready <= 0) (void)shutdown(socket_.get(), SHUT_RDWR);
  return ready > 0;
}

bool BrokeredSockets::has_gone() const {
  char byte = 0;
  return recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

}  // namespace viaduct::broker
