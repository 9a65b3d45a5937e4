#pragma once

#include <cstdint>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "api/resource.h"
#include "base/net.h"
#include "services/guest/dhcp/settings.h"
#include "services/guest/dns/settings.h"
#include "services/guest/metadata/settings.h"
#include "services/guest/password/settings.h"

// What viaduct-guestd is to serve: the part of the appliance's document that is for it.
namespace viaduct::guest {

enum class Service : std::uint8_t { dhcp, dns, metadata, password };

// An interface by which guests are served. Its id is that of the TAP in the router's namespace.
struct Interface {
  std::vector<InterfaceAddress> addresses;
  std::vector<Service> services;

  static constexpr std::string_view collection = "interfaces";
  static constexpr std::string_view summary = "An interface by which guests are served.";
  static constexpr std::size_t longest_id = 15;
  static constexpr std::tuple fields{
      api::Field{"addresses", &Interface::addresses, "the router's own addresses there"},
      api::Field{"services", &Interface::services, "what of it is reached by guests there"},
  };
  [[nodiscard]] bool has(Service service) const;
  [[nodiscard]] bool owns(const Address& address) const;
  friend bool operator==(const Interface&, const Interface&) = default;
};

// What an operator says of a router's guest services. Served by an interface is
//   DHCP       if a dhcp_subnet names it
//   DNS        if the router has dns_settings
//   metadata   if there are metadata_networks of its id
//   passwords  if there are password_networks of its id
using Services = api::Collections<dhcp::Subnet, dhcp::Reservation, dns::Settings, dns::Host,
                                  dns::Alias, dns::Wildcard, dns::Forward, metadata::Settings,
                                  metadata::Guest, password::Settings, password::Password>;

using Router = api::Joined<api::Collections<Interface>, Services>;

struct Document {
  api::Named<Router> routers;
  static constexpr std::tuple<> own{};
  friend bool operator==(const Document&, const Document&) = default;
};

// Whether the resources of a router fit together; `where` points into it. What is the same as
// `before`, which fits, is not looked at again.
Result<void> check(const Router& router, const Router& before = {});

}  // namespace viaduct::guest

namespace viaduct {

template <>
struct api::Names<guest::Service> {
  static constexpr std::array table{
      std::pair{guest::Service::dhcp, std::string_view{"dhcp"}},
      std::pair{guest::Service::dns, std::string_view{"dns"}},
      std::pair{guest::Service::metadata, std::string_view{"metadata"}},
      std::pair{guest::Service::password, std::string_view{"password"}}};
};

}  // namespace viaduct

VIADUCT_DECLARE_RESOURCE(viaduct::guest::Interface);
VIADUCT_DECLARE_DOCUMENT(viaduct::guest::Document);
