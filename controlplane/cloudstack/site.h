#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "controlplane/cloudstack/command_line.h"
#include "controlplane/cloudstack/entry.h"
#include "controlplane/cloudstack/nic.h"
#include "controlplane/cloudstack/notes.h"
#include "controlplane/cloudstack/records.h"

namespace viaduct::cloudstack {

enum class Side : std::uint8_t { guest, external, private_gateway };

// A network that the router is in, on a NIC that is there.
struct Network {
  Nic nic;
  unsigned number = 0;  // of the NIC
  Side side = Side::guest;
  std::vector<InterfaceAddress> addresses;  // the router's own, its primary one first
  std::optional<Address> source_nat;        // that of them which is meant for it, if one is
  std::optional<Address> gateway;           // outside: next hop; guests: what they are told
  std::optional<std::uint64_t> mtu;
  std::string domain;              // of guests
  std::vector<Address> resolvers;  // of guests, besides the router

  [[nodiscard]] bool is_on_link(const Address& address) const;
  // Whether a station other than the router may have the address.
  [[nodiscard]] bool takes(const Address& address) const;
  [[nodiscard]] bool owns(const Address& address) const;
};

// Where the router stands. No two of its networks overlap.
struct Site {
  CommandLine line;
  std::vector<Network> networks;  // by the number of their NICs
  std::uint16_t largest_mtu = 0;  // that the packet path takes, in bytes

  [[nodiscard]] const Network* find(Side side, const Address& address) const;
  // The network by which everything outside is reached: that of the lowest number.
  [[nodiscard]] const Network* uplink() const;
  // What the network's is, within what can be had.
  [[nodiscard]] std::uint64_t mtu_of(const Network& network) const;
  [[nodiscard]] bool translates() const {
    return !line.is_routed && (line.role == Role::isolated || line.role == Role::vpc);
  }
};

// Nothing if there is no command line yet: then nobody knows what kind of router this is.
[[nodiscard]] std::optional<Site> survey(const Entries& entries, Notes& notes);

}  // namespace viaduct::cloudstack
