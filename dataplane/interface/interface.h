#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/resource.h"
#include "base/net.h"
#include "base/prefix_map.h"
#include "dataplane/model/context.h"
#include "dataplane/model/on_remove.h"
#include "dataplane/model/service.h"
#include "dataplane/network/network.h"

// Ports are the wires of the appliance; interfaces are where a router touches them. One port may
// carry many interfaces, told apart by VLAN tag and by Ethernet address.
namespace viaduct::interface {

// A DPDK device, as an operator names it.
struct Port {
  std::string device;
  std::string network_namespace;

  static constexpr std::string_view collection = "ports";
  static constexpr std::string_view summary =
      "A wire of the appliance: any DPDK device, added and removed while packets flow.";
  static constexpr std::tuple fields{
      api::Field{"device", &Port::device,
                 "DPDK devargs: a PCI address such as 0000:00:04.0, or a virtual device such as "
                 "net_af_packet0,iface=eth1"},
      api::Field{"namespace", &Port::network_namespace,
                 "network namespace (a name below /run/netns) in which the device is opened",
                 api::Presence::optional},
  };
  // The device without its arguments; no two ports may share one.
  [[nodiscard]] std::string_view device_name() const;
  // Only drivers that move packets; not those that read or write files.
  [[nodiscard]] Result<void> check() const;
  friend bool operator==(const Port&, const Port&) = default;
};

enum class Role : std::uint8_t { guest, external, private_gateway, transit };

enum class Policy : std::uint8_t { allow, deny };

// What is said to those outside who ask for a connection that nothing lets in.
enum class Unsolicited : std::uint8_t { drop, reject };

// One foot of a router.
struct Interface {
  Role role = Role::guest;
  std::string port;
  api::Ranged<std::uint16_t, 0, 4094> vlan = 0;
  std::optional<Mac> mac;
  std::vector<InterfaceAddress> addresses;
  api::Ranged<std::uint16_t, 576, 9000> mtu = 1500;
  Policy egress = Policy::allow;
  OnRemove egress_on_change = OnRemove::cut;
  Unsolicited unsolicited = Unsolicited::drop;
  std::optional<std::vector<punt::Service>> services;

  static constexpr std::string_view collection = "interfaces";
  static constexpr std::string_view summary =
      "Where a router touches a port: guest networks, public networks and private gateways.";
  static constexpr std::size_t longest_id = 15;  // it is also the name of the interface's TAP
  static constexpr std::tuple fields{
      api::Field{"role", &Interface::role,
                 "guest: tenants live here; public: an outside network, where addresses are "
                 "translated; private: an outside network that is only routed to; transit: one "
                 "whose packets for other transit networks are routed without being judged or "
                 "remembered"},
      api::Field{"port", &Interface::port, "id of the port that carries it"},
      api::Field{"vlan", &Interface::vlan, "802.1Q VLAN id; 0 is untagged",
                 api::Presence::optional},
      api::Field{"mac", &Interface::mac,
                 "Ethernet address; by default one that is derived from router and interface id",
                 api::Presence::optional},
      api::Field{"addresses", &Interface::addresses,
                 "the router's own addresses here, each with its network's length",
                 api::Presence::optional},
      api::Field{"mtu", &Interface::mtu, "largest IP packet sent and taken here, in bytes",
                 api::Presence::optional},
      api::Field{
          "egress", &Interface::egress,
          "guest: whether traffic may leave this network where no egress rule says otherwise",
          api::Presence::optional},
      api::Field{"egress_on_change", &Interface::egress_on_change,
                 "guest: what happens to live sessions that left because the network allows it, "
                 "when it does so no more or a rule excepts them",
                 api::Presence::optional},
      api::Field{"unsolicited", &Interface::unsolicited,
                 "outside networks: whether TCP connections that nothing lets in are dropped in "
                 "silence, or rejected by ICMP port unreachable after six seconds (RFC 5382 REQ-4)",
                 api::Presence::optional},
      api::Field{"services", &Interface::services,
                 "what is handed to daemons in the router's namespace; by default dhcp, dns, "
                 "metadata and password on guest interfaces, nothing elsewhere",
                 api::Presence::optional},
  };
  [[nodiscard]] Result<void> check() const;
  [[nodiscard]] std::span<const punt::Service> effective_services() const;
  friend bool operator==(const Interface&, const Interface&) = default;
};

// Settings of networks are those of guest interfaces that there are.
[[nodiscard]] Result<void> check_networks(const api::Named<Interface>& interfaces,
                                          const api::Named<network::Settings>& networks);

// A locally administered address that depends on nothing but the two ids.
[[nodiscard]] Mac derived_mac(std::string_view router, std::string_view interface);

// One interface as the packet path sees it.
struct Compiled {
  std::string id;
  Slot slot = 0;
  Role role = Role::guest;
  std::string port;
  std::uint16_t vlan = 0;
  Mac mac;
  std::uint16_t mtu = 1500;
  Policy egress = Policy::allow;
  OnRemove egress_on_change = OnRemove::cut;
  Unsolicited unsolicited = Unsolicited::drop;
  std::vector<InterfaceAddress> addresses;
  std::vector<punt::Service> services;
  network::Settings network;  // of a guest interface
  // Facing the outside, where nothing may come in unless a firewall rule opens it.
  [[nodiscard]] bool is_outside() const { return role != Role::guest; }
  [[nodiscard]] bool is_on_link(const Address& address) const;
  [[nodiscard]] bool serves(punt::Service service) const;
  // Whether a station on the link may have `address`: not a subnet's own, not its broadcast.
  [[nodiscard]] bool sets_aside(const Address& address) const;
  // The router's own address in the network that `peer` is in; the first one if there is none.
  [[nodiscard]] const Address* address_facing(const Address& peer) const;
  friend bool operator==(const Compiled&, const Compiled&) = default;
};

// The interfaces of one router.
class Table {
 public:
  static Result<Table> compile(std::string_view router, const api::Named<Interface>& interfaces,
                               const api::Named<network::Settings>& networks, Directory& directory);

  [[nodiscard]] std::span<const Compiled> all() const noexcept { return interfaces_; }
  [[nodiscard]] const Compiled* find(std::string_view id) const noexcept;
  // The interface whose network contains `address`, or nullptr.
  [[nodiscard]] const Compiled* on_link(const Address& address) const noexcept;
  friend bool operator==(const Table&, const Table&) = default;

 private:
  std::vector<Compiled> interfaces_;   // by id
  PrefixMap<std::uint32_t> networks_;  // to the index in interfaces_
};

}  // namespace viaduct::interface

namespace viaduct {

template <>
struct api::Names<interface::Role> {
  static constexpr std::array table{
      std::pair{interface::Role::guest, std::string_view{"guest"}},
      std::pair{interface::Role::external, std::string_view{"public"}},
      std::pair{interface::Role::private_gateway, std::string_view{"private"}},
      std::pair{interface::Role::transit, std::string_view{"transit"}}};
};
template <>
struct api::Names<interface::Unsolicited> {
  static constexpr std::array table{
      std::pair{interface::Unsolicited::drop, std::string_view{"drop"}},
      std::pair{interface::Unsolicited::reject, std::string_view{"reject"}}};
};
template <>
struct api::Names<interface::Policy> {
  static constexpr std::array table{std::pair{interface::Policy::allow, std::string_view{"allow"}},
                                    std::pair{interface::Policy::deny, std::string_view{"deny"}}};
};

}  // namespace viaduct

VIADUCT_DECLARE_RESOURCE(viaduct::interface::Port);
VIADUCT_DECLARE_RESOURCE(viaduct::interface::Interface);
