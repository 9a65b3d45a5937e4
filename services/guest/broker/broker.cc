#include "services/guest/broker/broker.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "services/guest/broker/open_socket.h"

namespace viaduct::broker {
namespace {

// What goes back for one request.
struct Answer {
  AnswerMessage message{};
  std::vector<Descriptor> sockets;

  void refuse(int problem) {
    message.problem = problem;
    sockets.clear();
  }
};

bool send_answer(const Descriptor& socket, Answer answer) {
  answer.message.count = static_cast<std::uint32_t>(answer.sockets.size());
  iovec piece{&answer.message, sizeof answer.message};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(most * sizeof(int))> control{};
  msghdr header{};
  header.msg_iov = &piece;
  header.msg_iovlen = 1;
  if (!answer.sockets.empty()) {
    header.msg_control = control.data();
    header.msg_controllen = CMSG_SPACE(answer.sockets.size() * sizeof(int));
    cmsghdr& rights = *CMSG_FIRSTHDR(&header);
    rights.cmsg_level = SOL_SOCKET;
    rights.cmsg_type = SCM_RIGHTS;
    rights.cmsg_len = CMSG_LEN(answer.sockets.size() * sizeof(int));
    for (std::size_t i = 0; i < answer.sockets.size(); ++i) {
      const int number = answer.sockets[i].get();
      std::memcpy(CMSG_DATA(&rights) + i * sizeof number, &number, sizeof number);
    }
  }
  return sendmsg(socket.get(), &header, MSG_NOSIGNAL) >= 0;
}

void open_all(const Request& request, Answer& answer) {
  answer.sockets.reserve(request.count);
  for (unsigned i = 0; i < request.count; ++i) {
    auto opened = open_socket(request);
    if (!opened) return answer.refuse(opened.error());
    answer.sockets.push_back(*std::move(opened));
  }
}

// Enters the router's namespace for as long as it takes: whoever stays in one keeps it alive.
Answer answer_to(const Request& request, const std::string& prefix, const Descriptor& home) {
  Answer answer;
  const std::string name = std::string{namespaces} + prefix + request.router;
  const Descriptor there{open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  struct stat facts {};
  if (there.get() < 0 || fstat(there.get(), &facts) != 0 || setns(there.get(), CLONE_NEWNET) != 0) {
    answer.refuse(errno);
    return answer;
  }
  answer.message.network_namespace = facts.st_ino;
  open_all(request, answer);
  if (setns(home.get(), CLONE_NEWNET) != 0) answer.refuse(errno);
  return answer;
}

}  // namespace

void serve(const Descriptor& socket, const std::string& prefix) {
  const Descriptor home{open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)};
  std::array<std::uint8_t, sizeof(RequestMessage) + 1> bytes{};
  for (;;) {
    const auto size = recv(socket.get(), bytes.data(), bytes.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return;
    const auto request = read_request({bytes.data(), static_cast<std::size_t>(size)});
    Answer answer;
    if (request) {
      answer = answer_to(*request, prefix, home);
    } else {
      answer.refuse(EINVAL);
    }
    if (!send_answer(socket, std::move(answer))) return;
  }
}

}  // namespace viaduct::broker
