#include "controlplane/kernel/follower.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <set>
#include <system_error>

namespace viaduct::kernel {
namespace {

// How long a flurry may last, such as that of a TAP's birth, before it is acted on. It also bounds
// the work that a program which keeps changing things can cause.
constexpr std::chrono::milliseconds flurry{20};

}  // namespace

// Not a libnl socket: a process can have only 1024 of those.
Result<Descriptor> open_change_socket() {
  Descriptor socket{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)};
  sockaddr_nl groups{};
  groups.nl_family = AF_NETLINK;
  groups.nl_groups =
      RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
  if (!socket.is_open() ||
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&groups), sizeof groups) != 0) {
    return fail_system("cannot follow the changes of a namespace");
  }
  return socket;
}

void drain(const Descriptor& changes) {
  std::array<char, 8192> ignored{};
  // A full queue says so once, by ENOBUFS; what was lost is a change like any other.
  while (::recv(changes.get(), ignored.data(), ignored.size(), MSG_DONTWAIT) >= 0 ||
         errno == ENOBUFS) {
  }
}

Result<std::unique_ptr<Follower>> Follower::start(Changed changed) {
  Descriptor poll{::epoll_create1(EPOLL_CLOEXEC)};
  Descriptor stop{::eventfd(0, EFD_CLOEXEC)};
  if (!poll.is_open() || !stop.is_open()) return fail_system("cannot wait for changes");
  std::unique_ptr<Follower> follower{
      new Follower{std::move(poll), std::move(stop), std::move(changed)}};
  TRY(follower->watch(follower->stop_));
  try {
    follower->thread_ = std::thread{[raw = follower.get()] { raw->follow(); }};
  } catch (const std::system_error& error) {
    return fail(Fault::exhausted, "", std::string{"cannot start a thread: "} + error.what());
  }
  return follower;
}

Follower::Follower(Descriptor poll, Descriptor stop, Changed changed)
    : poll_(std::move(poll)), stop_(std::move(stop)), changed_(std::move(changed)) {}

Follower::~Follower() {
  (void)::eventfd_write(stop_.get(), 1);
  if (thread_.joinable()) thread_.join();
}

Result<void> Follower::watch(const Descriptor& socket) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.fd = socket.get();
  if (::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, socket.get(), &event) != 0) {
    return fail_system("cannot wait for changes");
  }
  return {};
}

void Follower::follow() {
  using Clock = std::chrono::steady_clock;
  std::set<int> spoke;
  Clock::time_point due;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(due - Clock::now()).count();
    const int timeout = spoke.empty() ? -1 : std::max(static_cast<int>(left), 0);
    std::array<epoll_event, 64> events{};
    const int count = ::epoll_wait(poll_.get(), events.data(), events.size(), timeout);
    if (count > 0 && spoke.empty()) due = Clock::now() + flurry;
    for (int i = 0; i < count; ++i) {
      const int socket = events[static_cast<std::size_t>(i)].data.fd;
      if (socket == stop_.get()) return;
      spoke.insert(socket);
    }
    if (spoke.empty() || Clock::now() < due) continue;
    for (const int socket : spoke) changed_(socket);
    spoke.clear();
  }
}

}  // namespace viaduct::kernel
