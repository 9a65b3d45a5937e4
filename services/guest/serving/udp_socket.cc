#include "services/guest/serving/udp_socket.h"

#include <net/if.h>
#include <netinet/in.h>

#include <array>
#include <cstring>

#include "base/errno_text.h"

namespace viaduct::serving {
namespace {

constexpr std::size_t batch = 32;
constexpr std::size_t longest = 4096;    // of what guests send; longer ones are no messages
constexpr std::size_t most_batches = 8;  // before others get their turn
// Bytes that the kernel keeps for us, of which it takes some 1500 for a small datagram: what a few
// thousand guests say that boot at once.
constexpr int room = 4 << 20;

Result<void> set(int socket, int level, int option, int value) {
  if (setsockopt(socket, level, option, &value, sizeof value) == 0) return {};
  return fail(Fault::failed, "", std::string{"cannot prepare a socket: "} + errno_text());
}

Result<int> bound_socket(const Endpoint& local, const std::string& device) {
  const SocketAddress address = SocketAddress::of(local);
  const int socket =
      ::socket(address.get()->sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) {
    return fail(Fault::failed, "", std::string{"cannot open a socket: "} + errno_text());
  }
  const auto prepare = [&]() -> Result<void> {
    TRY(set(socket, SOL_SOCKET, SO_REUSEADDR, 1));
    TRY(set(socket, SOL_SOCKET, SO_BROADCAST, 1));
    // Beyond what net.core.rmem_max lets everybody have, if we may (socket(7)).
    if (!set(socket, SOL_SOCKET, SO_RCVBUFFORCE, room)) {
      TRY(set(socket, SOL_SOCKET, SO_RCVBUF, room));
    }
    if (!device.empty() && setsockopt(socket, SOL_SOCKET, SO_BINDTODEVICE, device.c_str(),
                                      static_cast<socklen_t>(device.size())) != 0) {
      return fail(Fault::failed, device, std::string{"cannot be listened at: "} + errno_text());
    }
    if (bind(socket, address.get(), address.length) != 0) {
      return fail(Fault::failed, to_string(local),
                  std::string{"cannot be listened at: "} + errno_text());
    }
    return {};
  };
  if (auto prepared = prepare(); !prepared) {
    close(socket);
    return tl::unexpected<Error>{prepared.error()};
  }
  return socket;
}

// Where a batch is received. There is one event loop, and a batch is handled before the next.
struct Incoming {
  std::array<std::array<std::uint8_t, longest>, batch> bytes;
  std::array<SocketAddress, batch> from;
  std::array<iovec, batch> pieces;
  std::array<mmsghdr, batch> messages;
};
thread_local Incoming incoming;

// The address that a datagram is to leave with, as ip(7) has it.
struct Source {
  alignas(cmsghdr) std::array<std::uint8_t, CMSG_SPACE(sizeof(in_pktinfo))> bytes{};

  void put(const Address& address, msghdr& header) {
    header.msg_control = bytes.data();
    header.msg_controllen = bytes.size();
    cmsghdr& control = *CMSG_FIRSTHDR(&header);
    control.cmsg_level = IPPROTO_IP;
    control.cmsg_type = IP_PKTINFO;
    control.cmsg_len = CMSG_LEN(sizeof(in_pktinfo));
    in_pktinfo info{};
    info.ipi_spec_dst.s_addr = address.as_v4().bits();
    std::memcpy(CMSG_DATA(&control), &info, sizeof info);
  }
};

int receive_batch(int socket) {
  for (std::size_t i = 0; i < batch; ++i) {
    incoming.pieces[i] = {incoming.bytes[i].data(), longest};
    incoming.messages[i] = {};
    msghdr& header = incoming.messages[i].msg_hdr;
    header.msg_name = incoming.from[i].get();
    header.msg_namelen = sizeof(sockaddr_storage);
    header.msg_iov = &incoming.pieces[i];
    header.msg_iovlen = 1;
  }
  return recvmmsg(socket, incoming.messages.data(), batch, MSG_DONTWAIT, nullptr);
}

}  // namespace

SocketAddress SocketAddress::of(const Endpoint& endpoint) {
  SocketAddress made;
  if (endpoint.address.is_v4()) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(made.storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(endpoint.port);
    v4.sin_addr.s_addr = endpoint.address.as_v4().bits();
    made.length = sizeof v4;
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(made.storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(endpoint.port);
    const auto bytes = endpoint.address.bytes();
    std::memcpy(&v6.sin6_addr, bytes.data(), bytes.size());
    made.length = sizeof v6;
  }
  return made;
}

Endpoint SocketAddress::endpoint() const {
  if (storage.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
    return {Address::v4(Be32::raw(v4.sin_addr.s_addr)), ntohs(v4.sin_port)};
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
  return {Address::v6(bytes), ntohs(v6.sin6_port)};
}

Result<UdpSocket> UdpSocket::open(boost::asio::io_context& loop, const Endpoint& local,
                                  const std::string& device) {
  const int socket = TRY(bound_socket(local, device));
  return UdpSocket{boost::asio::posix::stream_descriptor{loop, socket}};
}

void UdpSocket::receive(Handle handle, std::function<void()> done) {
  handle_ = std::move(handle);
  done_ = std::move(done);
  wait();
}

void UdpSocket::wait() {
  socket_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [this](const boost::system::error_code& problem) {
                       if (problem) return;  // this has gone
                       take_all();
                       wait();
                     });
}

void UdpSocket::take_all() {
  for (std::size_t round = 0; round < most_batches; ++round) {
    const int count = receive_batch(socket_.native_handle());
    if (count <= 0) break;
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      const mmsghdr& message = incoming.messages[i];
      if ((message.msg_hdr.msg_flags & MSG_TRUNC) != 0) continue;
      handle_(ByteView{incoming.bytes[i]}.first(message.msg_len), incoming.from[i].endpoint());
    }
    done_();
    flush();
    if (static_cast<std::size_t>(count) < batch) break;
  }
}

void UdpSocket::send(ByteView bytes, const Endpoint& to, std::optional<Address> from) {
  if (waiting_ == outgoing_.size()) outgoing_.emplace_back();
  Outgoing& next = outgoing_[waiting_++];
  next.bytes.assign(bytes.begin(), bytes.end());
  next.to = SocketAddress::of(to);
  next.from = from;
  if (waiting_ == batch) flush();
}

void UdpSocket::flush() {
  std::array<iovec, batch> pieces;
  std::array<mmsghdr, batch> messages{};
  std::array<Source, batch> sources{};
  for (std::size_t i = 0; i < waiting_; ++i) {
    pieces[i] = {outgoing_[i].bytes.data(), outgoing_[i].bytes.size()};
    msghdr& header = messages[i].msg_hdr;
    header.msg_name = outgoing_[i].to.get();
    header.msg_namelen = outgoing_[i].to.length;
    header.msg_iov = &pieces[i];
    header.msg_iovlen = 1;
    if (outgoing_[i].from) sources[i].put(*outgoing_[i].from, header);
  }
  // One that cannot be sent ends a call: the others go with the next.
  for (std::size_t sent = 0; sent < waiting_;) {
    const int count = sendmmsg(socket_.native_handle(), &messages[sent],
                               static_cast<unsigned>(waiting_ - sent), MSG_DONTWAIT);
    sent += count <= 0 ? 1 : static_cast<std::size_t>(count);
  }
  waiting_ = 0;
}

}  // namespace viaduct::serving
