#include "services/guest/daemon/interface_watch.h"

#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace viaduct::guestd {
namespace {

constexpr std::size_t room = 32768;  // for what the kernel says at a time (netlink(7))

std::string name_in(const nlmsghdr* message) {
  const auto* const end = static_cast<const char*>(mnl_nlmsg_get_payload_tail(message));
  const auto* attribute =
      static_cast<const nlattr*>(mnl_nlmsg_get_payload_offset(message, sizeof(ifinfomsg)));
  while (mnl_attr_ok(attribute, static_cast<int>(end - reinterpret_cast<const char*>(attribute)))) {
    if (mnl_attr_get_type(attribute) == IFLA_IFNAME &&
        mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) == 0) {
      return mnl_attr_get_str(attribute);
    }
    attribute = mnl_attr_next(attribute);
  }
  return {};
}

}  // namespace

InterfaceWatch::InterfaceWatch(boost::asio::io_context& loop, Descriptor socket,
                               std::function<void()> changed)
    : socket_(loop, socket.release()), changed_(std::move(changed)) {
  ask_for_all();
  wait();
}

unsigned InterfaceWatch::index_of(const std::string& name) const {
  const auto is_it = [&](const auto& each) { return each.second == name; };
  const auto found = std::ranges::find_if(names_, is_it);
  return found == names_.end() ? 0 : found->first;
}

void InterfaceWatch::ask_for_all() {
  names_.clear();
  knows_all_ = false;
  alignas(nlmsghdr) std::array<char, NLMSG_SPACE(sizeof(ifinfomsg))> bytes{};
  nlmsghdr* const message = mnl_nlmsg_put_header(bytes.data());
  message->nlmsg_type = RTM_GETLINK;
  message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  mnl_nlmsg_put_extra_header(message, sizeof(ifinfomsg));
  (void)send(socket_.native_handle(), message, message->nlmsg_len, MSG_DONTWAIT);
}

void InterfaceWatch::wait() {
  socket_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     lifetime_.guard([this](const boost::system::error_code& problem) {
                       if (problem) return;
                       wait();
                       hear_all();  // may end this
                     }));
}

void InterfaceWatch::hear_all() {
  alignas(nlmsghdr) std::array<std::byte, room> bytes;
  for (;;) {
    const auto size = recv(socket_.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (size > 0) {
      hear(std::span{bytes}.first(static_cast<std::size_t>(size)));
    } else if (size < 0 && errno == ENOBUFS) {
      ask_for_all();  // some news were lost
    } else if (size == 0 || errno != EINTR) {
      break;
    }
  }
  if (knows_all_) changed_();
}

void InterfaceWatch::hear(std::span<const std::byte> messages) {
  int left = static_cast<int>(messages.size());
  const auto* message = reinterpret_cast<const nlmsghdr*>(messages.data());
  for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
    if (message->nlmsg_type == NLMSG_DONE) {
      knows_all_ = true;
      continue;
    }
    const bool is_new = message->nlmsg_type == RTM_NEWLINK;
    if (!is_new && message->nlmsg_type != RTM_DELLINK) continue;
    if (mnl_nlmsg_get_payload_len(message) < sizeof(ifinfomsg)) continue;
    const auto* const link = static_cast<const ifinfomsg*>(mnl_nlmsg_get_payload(message));
    // A bridge tells of its ports in messages of their own: they say nothing about the interface.
    if (link->ifi_family != AF_UNSPEC) continue;
    const auto index = static_cast<unsigned>(link->ifi_index);
    if (is_new) {
      names_[index] = name_in(message);
    } else {
      names_.erase(index);
    }
  }
}

}  // namespace viaduct::guestd
