#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/json.h"
#include "base/net.h"
#include "controlplane/cloudstack/notes.h"

// The kernel command line that a hypervisor hands to a router: "KEY=VALUE KEY=VALUE ...".
namespace viaduct::cloudstack {

enum class Role : std::uint8_t { isolated, shared, vpc, internal_balancer };

struct CommandLine {
  struct NicAddress {
    unsigned device = 0;
    InterfaceAddress address;
  };

  Role role = Role::isolated;
  std::vector<NicAddress> addresses;  // IPv4, of the NICs that are there at boot
  std::optional<Address> gateway;
  std::string domain;
  std::vector<Address> resolvers;  // outside of the cloud, IPv4
  std::vector<std::string> search;
  bool has_own_resolver = true;   // the router answers questions for names
  bool is_only_resolver = false;  // guests are told no others
  bool is_routed = false;         // nothing is translated
  std::optional<std::uint64_t> guest_mtu;
  std::optional<std::uint64_t> public_mtu;
  std::optional<Prefix> supernet;  // of a VPC
  std::optional<Address> source_nat;
  bool is_redundant = false;
  bool is_first_of_pair = false;
  std::optional<Address> virtual_gateway;  // of a redundant pair

  // From the object of strings that `cmd_line` is.
  static Result<CommandLine> read(const api::Json& keys);
  // The NIC that the hypervisor's host speaks to.
  [[nodiscard]] unsigned control_device() const { return role == Role::vpc ? 0 : 1; }
};

// The object of strings that a raw command line says; of a key that occurs twice the last counts.
// Too many words or too long ones are refused.
[[nodiscard]] Result<api::Json> parse_command_line(std::string_view text);

// The keys that routers know, as they are kept: no secrets, and none of other system VMs.
[[nodiscard]] api::Json kept_keys(const api::Json& keys, Notes& notes);

}  // namespace viaduct::cloudstack
