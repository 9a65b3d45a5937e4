#include "services/guest/serving/udp_socket.h"

#include <netinet/in.h>

#include <array>
#include <cstring>

namespace viaduct::serving {
namespace {

constexpr std::size_t batch = 32;
constexpr std::size_t longest = 4096;    // of what guests send; longer ones are no messages
constexpr std::size_t most_batches = 8;  // before others get their turn

// Where a batch is received. There is one event loop, and a batch is handled before the next.
struct Incoming {
  std::array<std::array<std::uint8_t, longest>, batch> bytes;
  std::array<SocketAddress, batch> from;
  std::array<iovec, batch> pieces;
  std::array<mmsghdr, batch> messages;
};
thread_local Incoming incoming;

// The address that a datagram is to leave with, as ip(7) has it.
struct PacketInfo {
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

void UdpSocket::receive(Handle handle, std::function<void()> done) {
  handle_ = std::move(handle);
  done_ = std::move(done);
  wait();
}

void UdpSocket::wait() {
  socket_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     lifetime_.guard([this](const boost::system::error_code& problem) {
                       if (problem) return;
                       take_all();
                       wait();
                     }));
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
  std::array<PacketInfo, batch> sources{};
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
