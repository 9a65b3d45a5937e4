#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "api/codec.h"
#include "base/net.h"

// What the packet path hands to daemons in the router's namespace. The same table feeds the punt
// stage and the nftables guard of the namespace, so neither admits what the other refuses.
namespace viaduct::punt {

// A class of traffic for the router itself. Each is policed on its own.
enum class Service : std::uint8_t { dhcp, dns, metadata, password, ike, vrrp, bgp, ssh };

struct ServicePorts {
  Protocol protocol;
  PortRange ports;  // 0-65535 where the protocol has none
};

struct ServiceFacts {
  Service service;
  std::string_view name;
  std::uint32_t packets_per_second;  // what one interface may hand up; a burst is as much again
  std::array<ServicePorts, 3> accepts;
  std::size_t accepts_count;
  [[nodiscard]] constexpr std::span<const ServicePorts> ports() const {
    return {accepts.data(), accepts_count};
  }
};

inline constexpr std::array<ServiceFacts, 8> services{{
    {Service::dhcp, "dhcp", 2000, {{{Protocol::udp, {67, 67}}}}, 1},
    {Service::dns, "dns", 20000, {{{Protocol::udp, {53, 53}}, {Protocol::tcp, {53, 53}}}}, 2},
    {Service::metadata,
     "metadata",
     10000,
     {{{Protocol::tcp, {80, 80}}, {Protocol::tcp, {443, 443}}}},
     2},
    {Service::password, "password", 2000, {{{Protocol::tcp, {8080, 8080}}}}, 1},
    {Service::ike, "ike", 2000, {{{Protocol::udp, {500, 500}}, {Protocol::udp, {4500, 4500}}}}, 2},
    {Service::vrrp, "vrrp", 1000, {{{Protocol{112}, {0, 0xffff}}}}, 1},
    {Service::bgp, "bgp", 5000, {{{Protocol::tcp, {179, 179}}}}, 1},
    {Service::ssh, "ssh", 5000, {{{Protocol::tcp, {3922, 3922}}}}, 1},
}};

constexpr const ServiceFacts& facts(Service service) {
  return services[static_cast<std::size_t>(service)];
}

// Where guests of every cloud ask for metadata. Every router has it, on each interface that serves
// metadata; as a link-local address (RFC 3927) it is never routed.
inline constexpr Address metadata_address = Address::v4(Be32::of(0xa9fea9fe));

// Where the router's own host begins its TCP and UDP conversations; never given to guests.
constexpr PortRange host_ports{61440, 65535};

}  // namespace viaduct::punt

namespace viaduct {

template <>
struct api::Names<punt::Service> {
  static constexpr auto table = [] {
    std::array<std::pair<punt::Service, std::string_view>, punt::services.size()> names{};
    for (std::size_t i = 0; i < names.size(); ++i) {
      names[i] = {punt::services[i].service, punt::services[i].name};
    }
    return names;
  }();
};

}  // namespace viaduct
