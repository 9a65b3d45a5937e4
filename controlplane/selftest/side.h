#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "controlplane/kernel/descriptor.h"
#include "controlplane/kernel/netns.h"
#include "controlplane/selftest/packet.h"

namespace viaduct::selftest {

using Wanted = std::function<bool(const Packet&)>;

// All hosts on one side of the router under test: the far end of its cable, as raw frames. Answers
// ARP for the addresses of a prefix that the kernel of its namespace does not have.
class Side {
 public:
  // `played`: the addresses of the hosts that we are.
  static Result<Side> open(const kernel::NetworkNamespace& network, const std::string& interface,
                           const Prefix& played);

  // Asks for the router's Ethernet address, as `us`, until it answers.
  Result<void> find_router(const Address& router, const Address& us);
  // To the router, as it is.
  Result<void> send(const Bytes& ip_packet);

  // Takes what has come, after waiting for it so long at most.
  Result<void> listen(std::chrono::milliseconds patience);
  // The first packet that was heard and is wanted; it and those before it are forgotten.
  std::optional<Packet> heard(const Wanted& wanted);
  [[nodiscard]] const std::vector<Packet>& all_heard() const { return heard_; }
  void forget() { heard_.clear(); }
  // For waiting on several.
  [[nodiscard]] int descriptor() const { return socket_.get(); }

 private:
  Side(kernel::Descriptor socket, const Mac& ours, const Prefix& played)
      : socket_(std::move(socket)), ours_(ours), played_(played) {}
  Result<void> transmit(const Mac& to, std::uint16_t type, std::span<const std::uint8_t> payload);
  Result<void> take(std::span<const std::uint8_t> frame);
  Result<void> answer_arp(std::span<const std::uint8_t> arp);

  kernel::Descriptor socket_;
  Mac ours_;
  Mac router_;  // multicast until it is found
  Prefix played_;
  std::vector<Packet> heard_;
};

}  // namespace viaduct::selftest
